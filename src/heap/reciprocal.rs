//! Division by a number that is known at run time, without a division.

/// Divides by a small number that is only known at run time, exactly for dividends below 2^35.
pub(super) struct Reciprocal(u64);

impl Reciprocal {
    const SHIFT: u32 = 40;

    pub(super) fn of(divisor: u64) -> Self {
        Self((1u64 << Self::SHIFT) / divisor + 1)
    }

    #[inline(always)]
    pub(super) fn divide(&self, dividend: u64) -> u64 {
        ((u128::from(dividend) * u128::from(self.0)) >> Self::SHIFT) as u64
    }
}
