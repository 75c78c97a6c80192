//! G.711: 16-bit linear samples to 8-bit µ-law and A-law and back (ITU-T G.711, RFC 3551 §4.5.14).

/// Which of the two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law, static payload type 0.
    Mu,
    /// A-law, static payload type 8.
    A,
}

impl Law {
    /// The code of a sample.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => encode_mu(sample),
            Law::A => encode_a(sample),
        }
    }

    /// The sample of a code.
    pub fn decode(self, code: u8) -> i16 {
        match self {
            Law::Mu => decode_mu(code),
            Law::A => decode_a(code),
        }
    }
}

/// What the µ-law segments are shifted by, so that each begins at a power of two (16-bit scale).
const BIAS: i32 = 0x84;
/// Largest magnitude that µ-law can tell.
const CLIP: i32 = 32_635;

fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    // The biased magnitude lies in 0x84..=0x7fff: its highest bit, 7 to 14, names the segment.
    let segment = (31 - magnitude.leading_zeros().min(24)).saturating_sub(7).min(7);
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | low_octet(segment << 4) | low_octet(step.unsigned_abs()))
}

fn decode_mu(code: u8) -> i16 {
    let code = !code;
    let segment = u32::from(code >> 4 & 0x07);
    let step = i32::from(code & 0x0f);
    let magnitude = (((step << 3) + BIAS) << segment) - BIAS;
    signed(magnitude, code & 0x80 != 0)
}

fn encode_a(sample: i16) -> u8 {
    // A-law gives the sign bit 1 to positive samples, and codes -1 as the first negative step.
    let (sign, magnitude) = if sample >= 0 { (0x80, i32::from(sample)) } else { (0, -1 - i32::from(sample)) };
    let magnitude = (magnitude >> 4).unsigned_abs();
    // Segments 0 and 1 share their step; from 1 on, the highest bit names the segment and is not coded.
    let segment = (32 - magnitude.leading_zeros()).saturating_sub(4).min(7);
    let code = if segment == 0 { magnitude } else { segment << 4 | (magnitude >> (segment - 1) & 0x0f) };
    (sign | low_octet(code)) ^ 0x55
}

fn decode_a(code: u8) -> i16 {
    let code = code ^ 0x55;
    let segment = u32::from(code >> 4 & 0x07);
    let step = i32::from(code & 0x0f) << 4;
    let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    signed(magnitude, code & 0x80 == 0)
}

fn low_octet(bits: u32) -> u8 {
    u8::try_from(bits & 0xff).unwrap_or(0)
}

fn signed(magnitude: i32, negative: bool) -> i16 {
    let value = if negative { -magnitude } else { magnitude };
    i16::try_from(value).unwrap_or(if negative { i16::MIN } else { i16::MAX })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn silence_has_the_codes_of_the_recommendation() {
        assert_eq!(Law::Mu.encode(0), 0xff);
        assert_eq!(Law::A.encode(0), 0xd5);
    }

    #[test]
    fn the_largest_samples_have_the_outermost_codes() {
        assert_eq!((Law::Mu.encode(i16::MAX), Law::Mu.encode(i16::MIN)), (0x80, 0x00));
        assert_eq!((Law::A.encode(i16::MAX), Law::A.encode(i16::MIN)), (0xaa, 0x2a));
    }

    #[test]
    fn a_decoded_code_encodes_to_itself() {
        for code in 0..=u8::MAX {
            assert_eq!(Law::A.encode(Law::A.decode(code)), code, "A-law {code:#x}");
            // µ-law has two codes for zero; 0x7f is the negative one.
            let again = Law::Mu.encode(Law::Mu.decode(code));
            assert!(again == code || code == 0x7f, "µ-law {code:#x} became {again:#x}");
        }
    }

    #[test]
    fn the_error_never_exceeds_half_a_step_of_the_outermost_segment() {
        for sample in i16::MIN..=i16::MAX {
            for law in [Law::Mu, Law::A] {
                let error = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                assert!(error <= 644, "{law:?} {sample}: {error}");
            }
        }
    }

    #[test]
    fn louder_never_decodes_as_quieter() {
        for law in [Law::Mu, Law::A] {
            let decoded: Vec<i16> = (i16::MIN..=i16::MAX).map(|s| law.decode(law.encode(s))).collect();
            assert!(decoded.windows(2).all(|pair| pair[0] <= pair[1]), "{law:?}");
        }
    }
}
