//! The services that are called, by what a request must know of them.

/// A service of AWS.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// Its id in environment variables and profiles: `auto_scaling` stands behind `AWS_ENDPOINT_URL_AUTO_SCALING`.
    pub id: &'static str,
    /// First part of its host's name.
    pub host: &'static str,
    /// Its name in signatures, and before the colon of an action: `autoscaling:DescribePolicies`.
    pub name: &'static str,
    /// Version of its API; empty where requests do not tell.
    pub version: &'static str,
    /// What stands before an operation's name in `X-Amz-Target`; empty where there is no such header.
    pub target: &'static str,
    /// Version of its JSON protocol: `1.0` or `1.1`; empty where it speaks another.
    pub json: &'static str,
    /// Whether there is one for all regions.
    pub is_global: bool,
}

impl Service {
    const fn query(id: &'static str, host: &'static str, version: &'static str) -> Self {
        Self { id, host, name: host, version, target: "", json: "", is_global: false }
    }

    const fn json(id: &'static str, host: &'static str, target: &'static str) -> Self {
        Self { id, host, name: host, version: "", target, json: "1.1", is_global: false }
    }
}

/// Application Auto Scaling, which scales ECS services.
pub const APPLICATION_AUTO_SCALING: Service =
    Service::json("application_auto_scaling", "application-autoscaling", "AnyScaleFrontendService");
/// EC2 Auto Scaling.
pub const AUTO_SCALING: Service = Service::query("auto_scaling", "autoscaling", "2011-01-01");
/// CloudFormation.
pub const CLOUD_FORMATION: Service = Service::query("cloudformation", "cloudformation", "2010-05-15");
/// CloudWatch.
pub const CLOUD_WATCH: Service = Service::query("cloudwatch", "monitoring", "2010-08-01");
/// EC2.
pub const EC2: Service = Service::query("ec2", "ec2", "2016-11-15");
/// Elastic Container Service.
pub const ECS: Service = Service::json("ecs", "ecs", "AmazonEC2ContainerServiceV20141113");
/// Classic load balancers.
pub const ELB: Service = Service::query("elastic_load_balancing", "elasticloadbalancing", "2012-06-01");
/// Application and network load balancers.
pub const ELB_V2: Service = Service::query("elastic_load_balancing_v2", "elasticloadbalancing", "2015-12-01");
/// Identities and their permissions.
pub const IAM: Service = Service { is_global: true, ..Service::query("iam", "iam", "2010-05-08") };
/// Functions; its operations are paths.
pub const LAMBDA: Service = Service::query("lambda", "lambda", "2015-03-31");
/// Names; its operations are paths.
pub const ROUTE_53: Service = Service { is_global: true, ..Service::query("route_53", "route53", "2013-04-01") };
/// Objects; its operations are methods.
pub const S3: Service = Service::query("s3", "s3", "");
/// Parameters.
pub const SSM: Service = Service::json("ssm", "ssm", "AmazonSSM");
/// Who am I, and who may I be.
pub const STS: Service = Service::query("sts", "sts", "2011-06-15");
