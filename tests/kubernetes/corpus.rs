//! Pipelines that others wrote, run as they are.

use crate::cluster::Space;
use crate::common::text;

#[test]
fn a_pipeline_of_somebody_else_runs_unmodified() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/documents/simple-deploy.json");
    let output = space.project.run(&["run", path, "-p", "successRate=50"]);
    let ran = space.ended(&output).ok();
    let in_default = |what: &[&str]| {
        let mut args = vec!["-n", "default"];
        args.extend(what);
        space.cluster.kubectl(&args)
    };
    let ready =
        in_default(&["get", "deployment", "canaryapp", "-o", "jsonpath={.status.readyReplicas} {.metadata.labels}"]);
    assert!(
        ready.starts_with("4 ") && ready.contains("\"app.kubernetes.io/name\":\"canaryapp\""),
        "{ready}\n{}",
        ran.said
    );
    let rate = in_default(&[
        "get",
        "configmap",
        "-l",
        "app.kubernetes.io/managed-by=spinnaker",
        "-o",
        "jsonpath={.items[*].data}",
    ]);
    assert!(rate.contains("50"), "{rate}");
    in_default(&[
        "delete",
        "deployment,service,configmap",
        "-l",
        "app.kubernetes.io/managed-by=spinnaker",
        "--wait=false",
    ]);
    assert_eq!(text(&output.stdout), "", "results are for those who ask");
}
