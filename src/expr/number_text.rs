//! How Java 17 writes floating-point numbers, digit for digit (`FloatingDecimal`), which is not always the shortest.

use std::cmp::Ordering;

/// Decimal digits and where the point stands: `0.d1d2d3… × 10^point`.
#[derive(Debug)]
pub(crate) struct Decimal {
    pub(crate) digits: Vec<u8>,
    pub(crate) point: i32,
}

/// `Double.toString`.
pub(crate) fn double_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}Infinity");
    }
    if number == 0.0 {
        return format!("{sign}0.0");
    }
    format!("{sign}{}", layout(&double_digits(number.abs(), true)))
}

/// `Float.toString`.
pub(crate) fn float_text(number: f32) -> String {
    if number.is_nan() || number.is_infinite() || number == 0.0 {
        return double_text(f64::from(number));
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let bits = number.abs().to_bits();
    let (fraction, exponent) = (bits & 0x7f_ffff, (bits >> 23) as i32);
    let (fraction, exponent, significant) = if exponent == 0 {
        let zeros = fraction.leading_zeros();
        let shift = zeros - 8;
        (fraction << shift, 1 - shift as i32, 32 - zeros as i32)
    } else {
        (fraction | 0x80_0000, exponent, 24)
    };
    let digits = develop(exponent - 127, u64::from(fraction) << 29, significant, true);
    format!("{sign}{}", layout(&digits))
}

/// The digits Java finds for a positive number; `compatible` as `toString` does, otherwise as `Formatter` does.
pub(crate) fn double_digits(number: f64, compatible: bool) -> Decimal {
    if number == 0.0 {
        return Decimal { digits: vec![0], point: 1 };
    }
    let bits = number.to_bits();
    let (fraction, exponent) = (bits & 0xf_ffff_ffff_ffff, (bits >> 52 & 0x7ff) as i32);
    let (fraction, exponent, significant) = if exponent == 0 {
        let zeros = fraction.leading_zeros();
        let shift = zeros - 11;
        (fraction << shift, 1 - shift as i32, 64 - zeros as i32)
    } else {
        (fraction | 1 << 52, exponent, 53)
    };
    develop(exponent - 1023, fraction, significant, compatible)
}

fn layout(decimal: &Decimal) -> String {
    let digits: String = decimal.digits.iter().map(|d| char::from(b'0' + d)).collect();
    let point = decimal.point;
    if (1..8).contains(&point) {
        let point = point as usize;
        if digits.len() <= point {
            format!("{digits}{}.0", "0".repeat(point - digits.len()))
        } else {
            format!("{}.{}", &digits[..point], &digits[point..])
        }
    } else if (-2..1).contains(&point) {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let rest = if digits.len() > 1 { &digits[1..] } else { "0" };
        format!("{}.{rest}E{}", &digits[..1], point - 1)
    }
}

/// Bits of 5^n.
fn bits_of_pow5(n: i32) -> i32 {
    const BITS: [i32; 27] =
        [0, 3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59, 61];
    usize::try_from(n).ok().and_then(|i| BITS.get(i).copied()).unwrap_or(n * 3)
}

fn develop(exponent: i32, fraction: u64, significant: i32, compatible: bool) -> Decimal {
    let tail = fraction.trailing_zeros() as i32;
    let fraction_bits = 53 - tail;
    let tiny = (fraction_bits - exponent - 1).max(0);
    if (-21..=62).contains(&exponent) && tiny < 27 && fraction_bits + bits_of_pow5(tiny) < 64 && tiny == 0 {
        let spare = exponent - significant - 1;
        let insignificant = if exponent > significant && spare > 1 { spare * 30103 / 100_000 } else { 0 };
        let whole = if exponent >= 52 { fraction << (exponent - 52) } else { fraction >> (52 - exponent) };
        return whole_digits(whole, insignificant);
    }
    #[expect(clippy::approx_constant, reason = "Java's estimate uses these very digits")]
    const LOG10_2: f64 = 0.301_029_995_663_981;
    let estimate = f64::from_bits(1023 << 52 | fraction & 0xf_ffff_ffff_ffff);
    let estimate = (estimate - 1.5) * 0.289_529_654 + 0.176_091_259 + f64::from(exponent) * LOG10_2;
    let mut point = estimate.floor() as i32;
    let b5 = (-point).max(0);
    let mut b2 = b5 + tiny + exponent;
    let s5 = point.max(0);
    let mut s2 = s5 + tiny;
    let m5 = b5;
    let mut m2 = b2 - significant;
    b2 -= fraction_bits - 1;
    let common = b2.min(s2);
    b2 -= common;
    s2 -= common;
    m2 -= common;
    if fraction_bits == 1 {
        // Below a power of two the next number is only half as far away.
        m2 -= 1;
    }
    if m2 < 0 {
        b2 -= m2;
        s2 -= m2;
        m2 = 0;
    }
    let small = fraction_bits + b2 + bits_of_pow5(b5) < 64 && s2 + 1 + bits_of_pow5(s5 + 1) < 64;
    let mut b = Big::from(fraction >> tail).times_pow(b5, b2);
    let s = Big::from(1).times_pow(s5, s2);
    let mut m = Big::from(1).times_pow(m5, m2).times(10);
    let tens = Big::from(1).times_pow(s5, s2).times(10);
    // The long and the big branch of Java differ in whether a draw counts as high.
    let is_high = |b: &Big, m: &Big| match b.plus(m).cmp(&tens) {
        Ordering::Greater => true,
        Ordering::Equal => !small,
        Ordering::Less => false,
    };
    let mut digits = Vec::with_capacity(18);
    let q = b.take_quotient(&s);
    let (mut low, mut high) = (b.cmp(&m) == Ordering::Less, is_high(&b, &m));
    if q == 0 && !high {
        point -= 1;
    } else {
        digits.push(q);
    }
    if !compatible || !(-3..8).contains(&point) {
        low = false;
        high = false;
    }
    while !low && !high {
        let q = b.take_quotient(&s);
        m = m.times(10);
        low = b.cmp(&m) == Ordering::Less;
        high = is_high(&b, &m);
        digits.push(q);
    }
    let mut decimal = Decimal { digits, point: point + 1 };
    if high {
        let difference = b.times(2).cmp(&tens);
        let odd = decimal.digits.last().is_some_and(|d| d & 1 != 0);
        if !low || difference == Ordering::Greater || difference == Ordering::Equal && odd {
            round_up(&mut decimal);
        }
    }
    decimal
}

fn whole_digits(mut whole: u64, insignificant: i32) -> Decimal {
    let mut point = 0;
    if insignificant > 0 {
        let pow = 10_u64.pow(insignificant as u32);
        let rest = whole % pow;
        whole /= pow;
        point += insignificant;
        whole += u64::from(rest >= pow / 2);
    }
    while whole.is_multiple_of(10) {
        whole /= 10;
        point += 1;
    }
    let digits: Vec<u8> = whole.to_string().bytes().map(|b| b - b'0').collect();
    Decimal { point: point + digits.len() as i32, digits }
}

fn round_up(decimal: &mut Decimal) {
    for digit in decimal.digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    decimal.point += 1;
    decimal.digits[0] = 1;
}

/// A natural number of any size, least limb first.
#[derive(Clone, Debug)]
struct Big(Vec<u32>);

impl From<u64> for Big {
    fn from(number: u64) -> Self {
        let mut big = Self(vec![number as u32, (number >> 32) as u32]);
        big.trim();
        big
    }
}

impl Big {
    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn times(&self, factor: u32) -> Self {
        let mut carry = 0_u64;
        let mut limbs: Vec<u32> = Vec::with_capacity(self.0.len() + 1);
        for limb in &self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            limbs.push(carry as u32);
            carry >>= 32;
        }
        limbs.push(carry as u32);
        let mut big = Self(limbs);
        big.trim();
        big
    }

    fn times_pow(self, fives: i32, twos: i32) -> Self {
        let mut big = self;
        let mut left = fives;
        while left > 0 {
            let step = left.min(13);
            big = big.times(5_u32.pow(step as u32));
            left -= step;
        }
        let mut left = twos;
        while left > 0 {
            let step = left.min(31);
            big = big.times(1 << step);
            left -= step;
        }
        big
    }

    fn plus(&self, other: &Self) -> Self {
        let mut carry = 0_u64;
        let mut limbs = Vec::with_capacity(self.0.len().max(other.0.len()) + 1);
        for i in 0..self.0.len().max(other.0.len()) {
            carry += u64::from(self.0.get(i).copied().unwrap_or(0)) + u64::from(other.0.get(i).copied().unwrap_or(0));
            limbs.push(carry as u32);
            carry >>= 32;
        }
        limbs.push(carry as u32);
        let mut big = Self(limbs);
        big.trim();
        big
    }

    fn minus(&mut self, other: &Self) {
        let mut borrow = 0_i64;
        for (i, limb) in self.0.iter_mut().enumerate() {
            let difference = i64::from(*limb) - i64::from(other.0.get(i).copied().unwrap_or(0)) - borrow;
            borrow = i64::from(difference < 0);
            *limb = difference as u32;
        }
        self.trim();
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// The digit `self / divisor`; ten times the remainder stays.
    fn take_quotient(&mut self, divisor: &Self) -> u8 {
        let mut quotient = 0;
        while self.cmp(divisor) != Ordering::Less {
            self.minus(divisor);
            quotient += 1;
        }
        *self = self.times(10);
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_java_17_does() {
        for (number, text) in [
            (1e23, "9.999999999999999E22"),
            (2e23, "1.9999999999999998E23"),
            (4.9e-324, "4.9E-324"),
            (0.1, "0.1"),
            (100.0, "100.0"),
            (1e7, "1.0E7"),
            (123_456_789.123, "1.23456789123E8"),
            (9.9e-4, "9.9E-4"),
            (2.0 / 3.0, "0.6666666666666666"),
            (f64::MAX, "1.7976931348623157E308"),
            (9_007_199_254_740_992.0, "9.007199254740992E15"),
        ] {
            assert_eq!(double_text(number), text);
        }
        assert_eq!(float_text(0.1), "0.1");
        assert_eq!(float_text(1.0 / 3.0), "0.33333334");
        assert_eq!(float_text(f32::MAX), "3.4028235E38");
    }
}
