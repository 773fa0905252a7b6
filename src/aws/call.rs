//! What is sent to AWS.

use std::time::Duration;

use super::{Service, percent_encode};

/// Bytes read of an answer when the caller says nothing else.
const BODY_LIMIT: usize = 64 << 20;

/// Parameters of query APIs that name what a call acts on.
const NAMING: &[&str] = &[
    "AutoScalingGroupName",
    "AutoScalingGroupNames.member.1",
    "GroupId",
    "GroupName",
    "LaunchTemplateId",
    "LaunchTemplateName",
    "LoadBalancerArn",
    "LoadBalancerName",
    "TargetGroupArn",
];

/// How operations begin that change nothing.
const READING: &[&str] = &["BatchGet", "Describe", "Get", "Head", "List", "Validate"];

/// A call, before it has a host and a signature.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Of which service.
    pub service: &'a Service,
    /// The operation: `PutObject`.
    pub operation: &'a str,
    /// What it acts on, for people: `s3://bucket/key`; may be empty.
    pub resource: String,
    /// Method.
    pub method: &'a str,
    /// Bucket, in the host's name or the path.
    pub bucket: Option<&'a str>,
    /// Path, percent-encoded, with a slash at its beginning.
    pub path: String,
    /// Query, as it is meant; encoded and sorted when sent.
    pub query: Vec<(String, String)>,
    /// Headers besides those of the signature.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// How many bytes of an answer are read.
    pub body_limit: usize,
    /// How long an answer may take, when it is not what the account says.
    pub timeout: Option<Duration>,
    /// Whether it may be sent again when it is not known what became of it.
    pub is_repeatable: bool,
}

impl<'a> Call<'a> {
    /// A call without query, headers and body, that may be repeated.
    pub fn new(service: &'a Service, operation: &'a str, method: &'a str, path: impl Into<String>) -> Self {
        Self {
            service,
            operation,
            resource: String::new(),
            method,
            bucket: None,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            body_limit: BODY_LIMIT,
            timeout: None,
            is_repeatable: true,
        }
    }

    /// The same with one more query parameter.
    #[must_use]
    pub fn with_query(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.to_owned(), value.into()));
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Takes a parameter's value for what the call acts on, when the parameter names that.
    pub fn note_resource(&mut self, parameter: &str, value: &str) {
        if self.resource.is_empty() && NAMING.contains(&parameter) {
            value.clone_into(&mut self.resource);
        }
    }

    /// Whether it may change something.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !READING.iter().any(|verb| self.operation.starts_with(verb))
    }

    /// `s3:PutObject`, as policies write it.
    pub(super) fn action(&self) -> String {
        // Policies know actions that are not operations' names.
        let action = match (self.service.name, self.operation) {
            ("s3", "ListObjectsV2") => "ListBucket",
            ("s3", "HeadObject") => "GetObject",
            ("s3", "DeleteObjects") => "DeleteObject",
            (_, operation) => operation,
        };
        format!("{}:{action}", self.service.name)
    }

    /// `s3:PutObject on s3://bucket/key`
    pub(super) fn shown(&self) -> String {
        if self.resource.is_empty() { self.action() } else { format!("{} on {}", self.action(), self.resource) }
    }

    /// Path and query as they are sent.
    pub(super) fn target(&self, base: &str) -> String {
        let mut query: Vec<String> = self
            .query
            .iter()
            .map(|(key, value)| format!("{}={}", percent_encode(key, false), percent_encode(value, false)))
            .collect();
        query.sort_unstable();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{base}{}{mark}{}", self.path, query.join("&"))
    }
}
