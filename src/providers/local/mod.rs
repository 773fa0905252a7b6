//! placeholder
use super::*;
pub const KIND: Kind = Kind {
    name: "local",
    about: "",
    account_fields: &[],
    cluster_fields: &[],
    connect: |_| Err(Error::unsupported("local", "x")),
};
