//! DNS records in Route 53.

use async_trait::async_trait;

use super::Aws;
use super::error::{Fault, during, invalid};
use super::xml::{Answer, Node};
use crate::aws::{Call, escape, percent_encode, service};
use crate::providers::{DnsRecord, DnsRecords, Error};

/// Zones looked at: those of one name are next to each other, private ones too.
const ZONES: &str = "10";
/// Seconds that resolvers may keep a record, as in Spinnaker.
const TTL: u32 = 60;
const API: &str = "/2013-04-01";

/// A name as Route 53 tells it.
fn whole(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase())
}

impl Aws {
    /// The id of the zone of this name; of several the public one.
    async fn zone(&self, region: &str, name: &str) -> Result<String, Error> {
        let call = Call::new(&service::ROUTE_53, "ListHostedZonesByName", "GET", format!("{API}/hostedzonesbyname"))
            .with_query("dnsname", whole(name))
            .with_query("maxitems", ZONES);
        let answer = self.document(region, &call).await?;
        let zones: Vec<&Node> =
            answer.items("HostedZones").filter(|zone| zone.text("Name") == Some(&whole(name))).collect();
        let public = zones.iter().find(|zone| zone.text("Config/PrivateZone") != Some("true"));
        let zone = public.or(zones.first()).ok_or_else(|| {
            invalid(format!(
                "account '{}' has no hosted zone '{}'; correct 'hostedZone', or create it first",
                self.account.name,
                whole(name)
            ))
        })?;
        Ok(zone.string("Id").trim_start_matches("/hostedzone/").to_owned())
    }

    async fn document(&self, region: &str, call: &Call<'_>) -> Result<Node, Fault> {
        let answer = self.calls.send(region, call).await?;
        Node::read(&String::from_utf8_lossy(&answer.body)).ok_or_else(|| {
            Fault::other(format!("route53:{} was answered with something that is no XML", call.operation))
        })
    }

    async fn put_record(&self, record: &DnsRecord) -> Result<(), Error> {
        let region = self.account.regions[0].as_str();
        let zone = self.zone(region, &record.zone).await?;
        let path = format!("{API}/hostedzone/{}/rrset/", percent_encode(&zone, false));
        let mut call = Call::new(&service::ROUTE_53, "ChangeResourceRecordSets", "POST", path)
            .with_header("content-type", "application/xml");
        call.resource.clone_from(&record.name);
        call.body = change(record).into_bytes();
        self.document(region, &call).await?;
        Ok(())
    }
}

/// The change that makes a record, or gives the one of its name and type another value.
fn change(record: &DnsRecord) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ChangeResourceRecordSetsRequest \
         xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes><Change><Action>UPSERT</Action>\
         <ResourceRecordSet><Name>{}</Name><Type>{}</Type><TTL>{TTL}</TTL><ResourceRecords><ResourceRecord><Value>{}</Value>\
         </ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>\
         </ChangeResourceRecordSetsRequest>",
        escape(&record.name),
        escape(&record.kind),
        escape(&record.value)
    )
}

#[async_trait]
impl DnsRecords for Aws {
    async fn put(&self, record: &DnsRecord) -> Result<(), Error> {
        self.put_record(record).await.map_err(during("put DNS record"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_document_whatever_the_value_holds() {
        let record = DnsRecord {
            zone: "shop.example".to_owned(),
            name: "www.shop.example".to_owned(),
            kind: "TXT".to_owned(),
            value: "\"a<b&c\"".to_owned(),
        };
        let root = Node::read(&change(&record)).unwrap();
        let set = "ChangeBatch/Changes/Change/ResourceRecordSet";
        assert_eq!(root.text(&format!("{set}/Name")), Some("www.shop.example"));
        assert_eq!(root.text(&format!("{set}/ResourceRecords/ResourceRecord/Value")), Some("\"a<b&c\""));
        assert_eq!((whole("Shop.example"), whole("shop.example.")), ("shop.example.".into(), "shop.example.".into()));
    }
}
