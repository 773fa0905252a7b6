//! Clusters that Spinnaker made groups of before: also those it has scaled to nothing are known, and dealt with.

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

/// Groups as Spinnaker makes them: a template named after each with the time, no tag; scaled to nothing, disabled.
fn of_spinnaker(world: &World, sequences: &str) {
    world.eval(&format!(
        "[(ec2.create_launch_template(LaunchTemplateName=f'shop-prod-v{{n:03}}-11212025{{n:06}}', LaunchTemplateData={{'ImageId': \
         ec2.describe_images(Filters=[{{'Name': 'name', 'Values': ['web-1']}}])['Images'][0]['ImageId'], 'InstanceType': 't3.small'}}), \
         asg.create_auto_scaling_group(AutoScalingGroupName=f'shop-prod-v{{n:03}}', MinSize=0, MaxSize=0, DesiredCapacity=0, \
         LaunchTemplate={{'LaunchTemplateName': f'shop-prod-v{{n:03}}-11212025{{n:06}}', 'Version': '1'}}, \
         VPCZoneIdentifier=ec2.describe_subnets()['Subnets'][0]['SubnetId']), \
         asg.suspend_processes(AutoScalingGroupName=f'shop-prod-v{{n:03}}', ScalingProcesses=['AddToLoadBalancer', 'Launch', 'Terminate'])) \
         and n for n in {sequences}]"
    ));
    // What a cleanup left behind: a template without its group.
    world.eval(
        "ec2.create_launch_template(LaunchTemplateName='shop-prod-v009-11212025000009', LaunchTemplateData={'InstanceType': 't3.small'}) and 1",
    );
    world.reset();
}

fn names(world: &World) -> Vec<String> {
    world.groups().as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_next_name_comes_after_groups_without_instances() {
    let world = World::new();
    of_spinnaker(&world, "(3, 4)");
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    assert_eq!(names(&world), ["shop-prod-v003", "shop-prod-v004", "shop-prod-v005"]);
    assert_eq!(world.groups()["shop-prod-v005"]["tags"]["gennaker:others"], "v003 v004");
    // Found again by what that tag says: templates are not looked through any more.
    world.reset();
    world.deploy("web-2");
    let calls = world.calls();
    assert!(calls.get("ec2.DescribeLaunchTemplates").is_none(), "{calls}");
    assert_eq!(world.groups()["shop-prod-v006"]["tags"]["gennaker:others"], "v003 v004");
    let shown = world.run(&["clusters", "-o", "json"]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("shop-prod-v003") && shown.contains("shop-prod-v006"), "{shown}");
    world.assert_contract();
}

#[test]
fn a_highlander_leaves_none_of_them() {
    let world = World::new();
    of_spinnaker(&world, "(3, 4)");
    world.deploy_pipeline(&json!({"strategy": "highlander"}));
    world.deploy("web-1");
    assert_eq!(names(&world), ["shop-prod-v005"]);
    assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v005", "shop-prod-v009-11212025000009"]));
    world.deploy("web-2");
    assert_eq!(names(&world), ["shop-prod-v006"]);
    assert_eq!(world.groups()["shop-prod-v006"]["tags"].get("gennaker:others"), None::<&Value>);
    world.assert_contract();
}
