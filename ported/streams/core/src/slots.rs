/// Values under small integers, which are used again. JavaScript keeps an array beside it, and both look a thing up
/// without hashing.
#[derive(Debug)]
pub struct Slots<T> {
    entries: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Takes `value`; the slot that was freed last is used first, for its memory is in the cache.
    ///
    /// # Panics
    /// At 2^32 values, which no memory holds.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.entries[slot as usize] = Some(value);
            return slot;
        }
        let slot = u32::try_from(self.entries.len()).expect("fewer than 2^32 slots");
        self.entries.push(Some(value));
        slot
    }

    /// What is under `slot`; `None` for a free one, and for one that never was.
    #[inline]
    pub fn get(&self, slot: u32) -> Option<&T> {
        self.entries.get(slot as usize)?.as_ref()
    }

    /// Gives the value back, and frees its slot.
    pub fn remove(&mut self, slot: u32) -> Option<T> {
        let value = self.entries.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(value)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values, by slot.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_a_map(steps in prop::collection::vec((any::<bool>(), 0_u32..40), 0..200)) {
            let mut slots = Slots::default();
            let mut map = HashMap::new();
            for (step, (insert, slot)) in steps.into_iter().enumerate() {
                if insert {
                    let slot = slots.insert(step);
                    prop_assert!(map.insert(slot, step).is_none(), "slot {} was taken", slot);
                } else {
                    prop_assert_eq!(slots.remove(slot), map.remove(&slot));
                }
                prop_assert_eq!(slots.len(), map.len());
                prop_assert!((0..45).all(|slot| slots.get(slot) == map.get(&slot)));
            }
            prop_assert_eq!(slots.iter().count(), map.len());
            // Never more slots than values at a time.
            prop_assert!(slots.entries.len() <= 200);
        }
    }
}
