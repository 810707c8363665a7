//! What each entity finds, in one line for hover and completion; `docs/entities.md` has examples.

use tidegate_engine::scan::entities::Entity;

/// What the entity finds.
pub fn what(entity: Entity) -> &'static str {
    match entity {
        Entity::PhoneCn => "Mobile numbers of mainland China and fixed lines with their area code.",
        Entity::IdCn => {
            "Resident identity numbers of China with a real date and the right check digit."
        }
        Entity::BankCard => "Card numbers of the large networks with the right check digit.",
        Entity::Email => "E-mail addresses, also in Han text.",
        Entity::Url => "Web addresses with a scheme or `www`, in any script.",
        Entity::Domain => "Bare domain names that end with a top-level domain.",
        Entity::Ip => "IP addresses of version 4 and 6.",
        Entity::Handle => "The name of a messenger with an account, or a link to one.",
        Entity::CryptoAddress => "Addresses of Bitcoin, Ethereum and Tron.",
        Entity::PassportCn => "Passport numbers of China; they have no check digit.",
        Entity::PlateCn => "Vehicle plates of China.",
        Entity::Iban => "Account numbers with the length of their country and right check digits.",
        Entity::SsnUs => "Social security numbers of the United States that can be issued.",
        Entity::UsccCn => "Unified social credit codes of China with the right check character.",
        Entity::Mention => "An account on a platform, on its server, or with a label before it.",
        Entity::Phone => {
            "Telephone numbers of many countries; finds more than `phone-cn`, also by chance."
        }
    }
}
