//! The dates of a client certificate: an API server that does not take one does not say why.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use kube::config::AuthInfo;

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// Of the client certificate in a kubeconfig, where there is one that can be read.
    pub(super) fn of(user: &AuthInfo) -> Option<Self> {
        let pem = match (&user.client_certificate_data, &user.client_certificate) {
            (Some(data), _) => STANDARD.decode(data).ok()?,
            (None, Some(file)) => std::fs::read(file).ok()?,
            (None, None) => return None,
        };
        Self::of_pem(&String::from_utf8_lossy(&pem))
    }

    fn of_pem(pem: &str) -> Option<Self> {
        let body = pem.split("-----BEGIN CERTIFICATE-----").nth(1)?.split("-----END").next()?;
        let body: String = body.split_whitespace().collect();
        Self::of_der(&STANDARD.decode(body).ok()?)
    }

    /// RFC 5280: `Certificate { tbs { [0] version?, serial, algorithm, issuer, validity { from, until }, … }, … }`.
    fn of_der(der: &[u8]) -> Option<Self> {
        let (_, mut certificate) = element(&mut &*der)?;
        let (_, mut signed) = element(&mut certificate)?;
        let (first, _) = element(&mut signed)?;
        // The version comes first in all but the oldest.
        let skipped = if first == 0xa0 { 3 } else { 2 };
        for _ in 0..skipped {
            element(&mut signed)?;
        }
        let (_, mut validity) = element(&mut signed)?;
        let (from, until) = (element(&mut validity)?, element(&mut validity)?);
        Some(Self { from: moment(from)?, until: moment(until)? })
    }

    /// Why it is not taken now; `None` when it is valid by this machine's clock.
    pub(super) fn objection(&self, now: Timestamp) -> Option<String> {
        let said = |what: &str, at: Timestamp| {
            format!(
                "the client certificate {what} {at}, and this machine's clock says {now:.0}: renew it, or set the clock"
            )
        };
        match now {
            _ if now > self.until => Some(said("ended", self.until)),
            _ if now < self.from => Some(said("begins", self.from)),
            _ => None,
        }
    }
}

/// Tag and content of the next element of a DER text.
fn element<'a>(left: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, rest) = left.split_first()?;
    let (length, mut rest) = rest.split_first()?;
    let mut length = usize::from(*length);
    if length > 0x7f {
        let (bytes, after) = rest.split_at_checked(length & 0x7f).filter(|(bytes, _)| bytes.len() <= 4)?;
        length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    *left = rest;
    Some((*tag, content))
}

/// `240102030405Z` (its year is one of 1950 to 2049) or `20240102030405Z`.
fn moment((tag, text): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        0x17 if text.get(..2)? < "50" => format!("20{text}"),
        0x17 => format!("19{text}"),
        _ => text.to_owned(),
    };
    let part = |from: usize, to: usize| text.get(from..to);
    let (date, time) = ((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?));
    format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, time.0, time.1, time.2).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `faketime '2021-03-04' openssl req -x509 -new -key … -days 10958 -subj /CN=a`.
    const PEM: &str = "-----BEGIN CERTIFICATE-----\n\
        MIIBbjCCARWgAwIBAgIUNTDEZYklI+2Z7UsFfcrpoyyVNoYwCgYIKoZIzj0EAwIw\n\
        DDEKMAgGA1UEAwwBYTAgFw0yMTAzMDQwMDAwMDBaGA8yMDUxMDMwNTAwMDAwMFow\n\
        DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPzl3hgbKJoh\n\
        DYr2T7ZfDaKcRxDvDqQ/fgVZ//c+BeDm1RpsYjjQ3Fk04POwAT8cTkZL0MftgZB9\n\
        9Au238vzVbijUzBRMB0GA1UdDgQWBBR5zYgSCESKNXlz2NA/z/aTUui7hzAfBgNV\n\
        HSMEGDAWgBR5zYgSCESKNXlz2NA/z/aTUui7hzAPBgNVHRMBAf8EBTADAQH/MAoG\n\
        CCqGSM49BAMCA0cAMEQCIB5tKtqjV/tpYEI2M2eTBrgLpIK5DY6WQE9vrm7WVRzf\n\
        AiAhQuB6NLLajSQvq09KG671uaaSa7UiDf2nyyMNHf71ew==\n\
        -----END CERTIFICATE-----";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn certificates_are_objected_to_outside_of_their_time() {
        let validity = Validity::of_pem(PEM).unwrap();
        assert_eq!(validity, Validity { from: at("2021-03-04T00:00:00Z"), until: at("2051-03-05T00:00:00Z") });
        assert_eq!(validity.objection(at("2030-01-01T00:00:00Z")), None);
        let ended = validity.objection(at("2060-01-01T00:00:00.5Z")).unwrap();
        assert!(ended.starts_with("the client certificate ended 2051-03-05T00:00:00Z, "), "{ended}");
        assert!(ended.contains("says 2060-01-01T00:00:00Z"), "{ended}");
        let early = validity.objection(at("2020-01-01T00:00:00Z")).unwrap();
        assert!(early.starts_with("the client certificate begins 2021-03-04"), "{early}");
    }

    #[test]
    fn what_is_no_certificate_is_no_reason_to_fail() {
        assert_eq!(Validity::of_pem("nothing"), None);
        assert_eq!(Validity::of_pem("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"), None);
        assert_eq!(Validity::of_der(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(Validity::of(&AuthInfo::default()), None);
    }
}
