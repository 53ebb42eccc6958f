//! From a span of a text to the field a person knows it by.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// For each span, the path of the field whose key or value holds it: the smallest one that does. Empty where the text
/// cannot be read that far, or no field is meant.
pub(super) fn fields_at(text: &str, spans: &[Range<usize>]) -> Vec<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut search = Search { spans, best: vec![None; spans.len()] };
    search.table("", table.get_ref());
    search.best.into_iter().map(|best| best.map_or_else(String::new, |(_, path)| path)).collect()
}

struct Search<'s> {
    spans: &'s [Range<usize>],
    best: Vec<Option<(usize, String)>>,
}

impl Search<'_> {
    fn table(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            let name = key.get_ref();
            let inner = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            self.offer(&key.span(), &inner);
            self.value(&inner, &value.span(), value.get_ref());
        }
    }

    fn value(&mut self, path: &str, span: &Range<usize>, value: &DeValue<'_>) {
        self.offer(span, path);
        match value {
            DeValue::Table(table) => self.table(path, table),
            DeValue::Array(array) => {
                for (n, element) in array.iter().enumerate() {
                    self.value(&format!("{path}[{n}]"), &element.span(), element.get_ref());
                }
            }
            _ => {}
        }
    }

    fn offer(&mut self, span: &Range<usize>, path: &str) {
        for (wanted, best) in self.spans.iter().zip(&mut self.best) {
            let holds = span.start <= wanted.start && wanted.end <= span.end && !span.is_empty();
            let smaller = best.as_ref().is_none_or(|(length, _)| span.len() <= *length);
            if holds && smaller {
                *best = Some((span.len(), path.to_owned()));
            }
        }
    }
}
