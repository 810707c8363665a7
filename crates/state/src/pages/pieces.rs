//! A template cut at its slots.

use super::names;
use crate::model::TemplateRecord;
use tidegate_analysis::html::SafeText;
use tidegate_messages::Language;

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplatePiece {
    /// The number of the slot, from 1; 0 for fixed text.
    pub slot: usize,
    /// Fixed text, or the name of the kind of the slot.
    pub text: SafeText,
}

/// The parts of a template, in order.
pub fn template_pieces(template: &TemplateRecord, language: Language) -> Vec<TemplatePiece> {
    let mut pieces = Vec::new();
    let fixed = |text: &str, pieces: &mut Vec<TemplatePiece>| {
        if !text.is_empty() {
            pieces.push(TemplatePiece { slot: 0, text: SafeText::of(text) });
        }
    };
    let mut rest = template.text.as_str();
    for (number, slot) in (1..).zip(&template.slots) {
        let mark = format!("{{{number}:{}}}", slot.kind);
        let Some((before, after)) = rest.split_once(&mark) else { continue };
        fixed(before, &mut pieces);
        let kind = SafeText::of(names::slot(language, &slot.kind));
        pieces.push(TemplatePiece { slot: number, text: kind });
        rest = after;
    }
    fixed(rest, &mut pieces);
    pieces
}

/// A slot with its most frequent values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRow {
    /// Its number, from 1.
    pub number: usize,
    /// The name of its kind.
    pub kind: SafeText,
    /// Values with their counts.
    pub values: Vec<(SafeText, u32)>,
    /// How many values are not shown.
    pub left: usize,
}

/// The slots of a template, each with at most so many values.
pub fn slot_rows(template: &TemplateRecord, most: usize, language: Language) -> Vec<SlotRow> {
    let rows = (1..).zip(&template.slots).map(|(number, slot)| SlotRow {
        number,
        kind: SafeText::of(names::slot(language, &slot.kind)),
        values: slot
            .values
            .iter()
            .take(most)
            .map(|(value, count)| (SafeText::of(value), *count))
            .collect(),
        left: slot.values.len().saturating_sub(most),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Slot;

    #[test]
    fn templates_are_cut_at_their_slots() {
        let slot = |kind: &str| Slot { kind: kind.to_owned(), between: true, values: Vec::new() };
        let template = TemplateRecord {
            text: "{1:text}开户{2:number}".to_owned(),
            fixed_weight: 6,
            slots: vec![slot("text"), slot("number"), slot("url")],
        };
        let pieces = template_pieces(&template, Language::Chinese);
        let pieces: Vec<(usize, &str)> =
            pieces.iter().map(|piece| (piece.slot, piece.text.as_str())).collect();
        assert_eq!(pieces, [(1, "文字"), (0, "开户"), (2, "数字")]);
    }
}
