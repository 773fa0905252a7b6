//! Calls of AWS and of what speaks like it: credentials, signatures, endpoints, retries, and what errors mean.
//!
//! One [`Connection`] per account. It signs and sends what it is given, waits and tries again when the service asks for
//! it, and counts. It knows services by name and host, and none by what it does: artifacts, history and the provider
//! know that.
//!
//! ```text
//! let aws = Connection::open(Settings::read(&account)?).await?;          credentials are read with the first call
//! let answer = aws.query(&service::ELB_V2, "DescribeLoadBalancers", &[("Names.member.1", "shop")]).await?;
//! let zone = answer.text("DescribeLoadBalancersResult/LoadBalancers/member/CanonicalHostedZoneId");
//! ```

mod call;
mod connection;
mod connector;
mod count;
mod credentials;
mod endpoint;
mod error;
mod limit;
mod protocol;
pub mod service;
mod settings;
mod sign;
mod xml;

pub use self::call::Call;
pub use self::connection::Connection;
pub use self::connector::http_client;
pub use self::count::Counts;
pub use self::endpoint::{Place, percent_encode};
pub use self::error::{Error, ErrorKind};
pub use self::service::Service;
pub use self::settings::{AssumeRole, Settings};
pub use self::xml::{Element, escape};
