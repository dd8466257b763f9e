/// How a handle lives. It never goes back: a closed one is another handle's slot.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Life {
    /// It may be used.
    #[default]
    Open,
    /// It was closed; requests in flight are being cancelled, and its memory still belongs to libuv.
    Closing,
}

impl Life {
    /// Whether calls may reach libuv. A call on a handle that is not open answers `EINVAL` natively.
    pub fn is_open(self) -> bool {
        self == Self::Open
    }

    /// Begins to close. False when that has begun before: closing twice ends the process in libuv.
    #[must_use]
    pub fn close(&mut self) -> bool {
        std::mem::replace(self, Self::Closing) == Self::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_closes_once() {
        let mut life = Life::default();
        assert!(life.is_open());
        assert!(life.close());
        assert!(!life.is_open());
        assert!(!life.close());
    }
}
