//! Single instances: ended, and what they wrote to their console.

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Aws;
use super::client::Service;
use super::error::during;
use super::params::Params;
use super::xml::Answer;
use crate::providers::{Error, ErrorKind, Instances};

impl Aws {
    async fn console(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        let region = self.account.region(location)?;
        let params = Params::ec2().with("InstanceId", instance);
        let answer = match self.calls.query(Service::Ec2, &region, "GetConsoleOutput", &params).await {
            // An instance that was replaced meanwhile says nothing any more.
            Err(fault) if fault.error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let encoded: String = answer.string("output").split_whitespace().collect();
        let output = BASE64_STANDARD.decode(encoded).unwrap_or_default();
        let output = String::from_utf8_lossy(&output);
        let all: Vec<&str> = output.lines().map(str::trim_end).collect();
        Ok(all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect())
    }

    async fn end(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        let region = self.account.region(location)?;
        for batch in instances.chunks(100) {
            let params = Params::ec2().with_list("InstanceId", batch);
            match self.calls.query(Service::Ec2, &region, "TerminateInstances", &params).await {
                // One that is gone fails all of them.
                Err(fault) if fault.error.kind == ErrorKind::NotFound => {
                    for id in batch {
                        let params = Params::ec2().with_list("InstanceId", [id]);
                        match self.calls.query(Service::Ec2, &region, "TerminateInstances", &params).await {
                            Err(fault) if fault.error.kind != ErrorKind::NotFound => return Err(fault.into()),
                            _ => {}
                        }
                    }
                }
                Err(fault) => return Err(fault.into()),
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Instances for Aws {
    async fn logs(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        self.console(location, instance, lines).await.map_err(during("read console output"))
    }

    async fn terminate(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        self.end(location, instances).await.map_err(during("terminate instances"))
    }
}
