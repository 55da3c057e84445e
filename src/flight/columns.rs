//! Which sites the history follows, and since when: a column each.

use super::format::{COLUMN_BYTES, COLUMNS};
use super::words::{u32_at, u64_at};

/// One site's place in each entry of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its number; 0 for none.
    pub site: u32,
    /// Since when the column is this site's, in ms since recording began. Older entries are of another.
    pub since_ms: u64,
}

/// All columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(pub [Column; COLUMNS]);

impl Default for Columns {
    fn default() -> Self {
        Self([Column::default(); COLUMNS])
    }
}

impl Columns {
    /// Gives a column to each of the `wanted`, the most suspicious first. A site keeps its column, and its history, until
    /// another one needs it.
    pub fn assign(&mut self, wanted: &[u32], now_ms: u64) {
        let wanted = &wanted[..wanted.len().min(COLUMNS)];
        let has_one = |columns: &[Column], site: u32| columns.iter().any(|column| column.site == site);
        for site in wanted {
            if has_one(&self.0, *site) {
                continue;
            }
            let free = self.0.iter().position(|column| column.site == 0);
            let place = free.or_else(|| self.0.iter().position(|column| !wanted.contains(&column.site)));
            if let Some(place) = place {
                self.0[place] = Column { site: *site, since_ms: now_ms };
            }
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for Column { site, since_ms } in &self.0 {
            out.extend(site.to_le_bytes());
            out.extend(since_ms.to_le_bytes());
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Self {
        let mut columns = Self::default();
        for (column, bytes) in columns.0.iter_mut().zip(bytes[..COLUMN_BYTES].chunks_exact(12)) {
            *column = Column { site: u32_at(bytes, 0), since_ms: u64_at(bytes, 4) };
        }
        columns
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_site_keeps_its_column_until_another_needs_it() {
        let mut columns = Columns::default();
        columns.assign(&(1..=64).collect::<Vec<u32>>(), 10);
        let before = columns.clone();
        columns.assign(&[5, 6], 20);
        assert_eq!(columns, before, "nobody needs one");
        columns.assign(&(2..=65).collect::<Vec<u32>>(), 30);
        assert_eq!(columns.0[0], Column { site: 65, since_ms: 30 }, "site 1 made room");
        assert_eq!(columns.0[1..], before.0[1..]);
        let mut bytes = Vec::new();
        columns.encode(&mut bytes);
        assert_eq!((bytes.len(), Columns::decode(&bytes)), (COLUMN_BYTES, columns));
    }
}
