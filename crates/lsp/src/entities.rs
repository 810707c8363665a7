//! What each entity finds, in one line for hover and completion; `docs/entities.md` has examples.

use tidegate_engine::phrase;
use tidegate_engine::scan::entities::Entity;

/// What the entity finds.
pub fn what(entity: Entity) -> &'static str {
    match entity {
        Entity::PhoneCn => {
            phrase!("Mobile numbers of mainland China and fixed lines with their area code.")
        }
        Entity::IdCn => {
            phrase!(
                "Resident identity numbers of China with a real date and the right check digit."
            )
        }
        Entity::BankCard => {
            phrase!("Card numbers of the large networks with the right check digit.")
        }
        Entity::Email => phrase!("E-mail addresses, also in Han text."),
        Entity::Url => phrase!("Web addresses with a scheme or `www`, in any script."),
        Entity::Domain => phrase!("Bare domain names that end with a top-level domain."),
        Entity::Ip => phrase!("IP addresses of version 4 and 6."),
        Entity::Handle => phrase!("The name of a messenger with an account, or a link to one."),
        Entity::CryptoAddress => phrase!("Addresses of Bitcoin, Ethereum and Tron."),
        Entity::PassportCn => phrase!("Passport numbers of China; they have no check digit."),
        Entity::PlateCn => phrase!("Vehicle plates of China."),
        Entity::Iban => {
            phrase!("Account numbers with the length of their country and right check digits.")
        }
        Entity::SsnUs => {
            phrase!("Social security numbers of the United States that can be issued.")
        }
        Entity::UsccCn => {
            phrase!("Unified social credit codes of China with the right check character.")
        }
        Entity::Mention => {
            phrase!("An account on a platform, on its server, or with a label before it.")
        }
        Entity::Phone => {
            phrase!(
                "Telephone numbers of many countries; finds more than `phone-cn`, also by chance."
            )
        }
    }
}
