//! The command lines that render manifests, exactly as Spinnaker's, and what is taken out of their output.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::reading;
use crate::model::{Failure, Map};

/// What renders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renderer {
    /// Helm 2.
    Helm2,
    /// Helm 3; helm 4 renders with the same words.
    Helm3,
    /// Helm 4.
    Helm4,
    /// Helmfile, with helm.
    Helmfile,
    /// Kustomize of any version.
    Kustomize,
    /// Kustomize 4 or later.
    Kustomize4,
}

const RENDERERS: &[(&str, Renderer)] = &[
    ("HELM2", Renderer::Helm2),
    ("HELM3", Renderer::Helm3),
    ("HELM4", Renderer::Helm4),
    ("HELMFILE", Renderer::Helmfile),
    ("KUSTOMIZE", Renderer::Kustomize),
    ("KUSTOMIZE4", Renderer::Kustomize4),
];

/// What a stage asks of the templates.
#[derive(Debug, Default)]
pub(super) struct Wish {
    output_name: String,
    namespace: Option<String>,
    environment: Option<String>,
    api_versions: Option<String>,
    kube_version: Option<String>,
    include_crds: bool,
    raw_overrides: bool,
    overrides: Map,
}

/// Files to render from.
#[derive(Debug)]
pub(super) struct Inputs {
    /// The chart, the helmfile or the folder of the kustomization.
    pub(super) template: PathBuf,
    /// Values files, later ones winning.
    pub(super) values: Vec<PathBuf>,
}

impl Wish {
    pub(super) fn of(context: &Map, overrides: Map) -> Self {
        let text = |key| reading::filled(context, key);
        Self {
            output_name: text("outputName").unwrap_or_default(),
            namespace: text("namespace"),
            environment: text("environment"),
            api_versions: text("apiVersions"),
            kube_version: text("kubeVersion"),
            include_crds: reading::flag(context, "includeCRDs"),
            raw_overrides: reading::flag(context, "rawOverrides"),
            overrides,
        }
    }

    /// `a=1,b=x`: what follows `--set`.
    fn overrides_text(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs: Vec<String> = self.overrides.iter().map(|(key, value)| format!("{key}={}", text(value))).collect();
        pairs.join(",")
    }
}

impl Renderer {
    /// The renderer of this name.
    pub(super) fn of(name: &str) -> Result<Self, Failure> {
        let found = RENDERERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, renderer)| *renderer).ok_or_else(|| {
            let known: Vec<&str> = RENDERERS.iter().map(|(name, _)| *name).collect();
            Failure::user(format!("there is no template renderer '{name}': write one of {}", known.join(", ")))
        })
    }

    /// Whether it renders kustomizations rather than charts.
    pub(super) fn is_kustomize(self) -> bool {
        matches!(self, Self::Kustomize | Self::Kustomize4)
    }

    /// Arguments of its program; `helm` is the one a helmfile is rendered with.
    pub(super) fn arguments(self, wish: &Wish, inputs: &Inputs, helm: Option<&Path>) -> Result<Vec<String>, Failure> {
        match self {
            Self::Kustomize | Self::Kustomize4 => Ok(vec!["build".to_owned(), path(&inputs.template)]),
            Self::Helmfile => helmfile(wish, inputs, helm),
            Self::Helm2 | Self::Helm3 | Self::Helm4 => self.helm(wish, inputs),
        }
    }

    fn helm(self, wish: &Wish, inputs: &Inputs) -> Result<Vec<String>, Failure> {
        if wish.output_name.is_empty() {
            return Err(Failure::user("a chart is rendered as a release, which 'outputName' names"));
        }
        let (name, chart) = (wish.output_name.clone(), path(&inputs.template));
        let mut arguments = vec!["template".to_owned()];
        if self == Self::Helm2 {
            arguments.extend([chart, "--name".to_owned(), name]);
        } else {
            arguments.extend([name, chart]);
        }
        let mut add = |option: &str, value: &Option<String>| {
            arguments.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        };
        add("--namespace", &wish.namespace);
        if wish.include_crds && self != Self::Helm2 {
            arguments.push("--include-crds".to_owned());
        }
        let mut add = |option: &str, value: &Option<String>| {
            arguments.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        };
        add("--api-versions", &wish.api_versions);
        add("--kube-version", &wish.kube_version);
        let set = if wish.raw_overrides { "--set" } else { "--set-string" };
        add(set, &Some(wish.overrides_text()).filter(|text| !text.is_empty()));
        add("--values", &values_text(inputs));
        Ok(arguments)
    }
}

fn helmfile(wish: &Wish, inputs: &Inputs, helm: Option<&Path>) -> Result<Vec<String>, Failure> {
    for (key, value) in [("environment", &wish.environment), ("namespace", &wish.namespace)] {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if value.as_ref().is_some_and(|value| !value.chars().all(plain)) {
            return Err(Failure::user(format!(
                "'{key}' of a helmfile may only hold letters, digits, '.', '_' and '-'"
            )));
        }
    }
    let mut arguments = vec!["template".to_owned(), "--file".to_owned(), path(&inputs.template)];
    let mut add = |option: &str, value: Option<String>| {
        arguments.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    };
    add("--helm-binary", helm.map(path));
    add("--environment", wish.environment.clone());
    add("--namespace", wish.namespace.clone());
    if wish.include_crds {
        arguments.push("--include-crds".to_owned());
    }
    let mut add = |option: &str, value: Option<String>| {
        arguments.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    };
    add("--set", Some(wish.overrides_text()).filter(|text| !text.is_empty()));
    add("--values", values_text(inputs));
    Ok(arguments)
}

fn values_text(inputs: &Inputs) -> Option<String> {
    let paths: Vec<String> = inputs.values.iter().map(|file| path(file)).collect();
    Some(paths.join(",")).filter(|text| !text.is_empty())
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// Rendered manifests without those of the chart's tests.
pub(super) fn without_tests(output: &str) -> String {
    let is_test = |manifest: &&str| {
        let source =
            |line: &str| line.split_once("# Source: ").is_some_and(|(_, path)| path.contains("/templates/tests/"));
        !manifest.lines().any(source)
    };
    output.split("---\n").filter(is_test).collect::<Vec<_>>().join("---\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(renderer: &str, context: Value, values: &[&str]) -> String {
        let Value::Object(context) = context else { panic!("no object") };
        let overrides = reading::object(&context, "overrides").cloned().unwrap_or_default();
        let wish = Wish::of(&context, overrides);
        let inputs = Inputs { template: "/t/chart".into(), values: values.iter().map(PathBuf::from).collect() };
        let renderer = Renderer::of(renderer).unwrap();
        renderer.arguments(&wish, &inputs, Some(Path::new("/bin/helm"))).unwrap().join(" ")
    }

    #[test]
    fn commands_are_spinnakers() {
        let context = json!({"outputName": "app", "namespace": "ns", "includeCRDs": true, "apiVersions": "a/v1", "kubeVersion": "1.20",
            "overrides": {"image.tag": "1.2", "replicas": 3}, "environment": "prod"});
        assert_eq!(
            line("HELM3", context.clone(), &["/t/1", "/t/2"]),
            "template app /t/chart --namespace ns --include-crds --api-versions a/v1 --kube-version 1.20 --set-string image.tag=1.2,replicas=3 --values /t/1,/t/2"
        );
        assert_eq!(
            line("helm2", context.clone(), &[]),
            "template /t/chart --name app --namespace ns --api-versions a/v1 --kube-version 1.20 --set-string image.tag=1.2,replicas=3"
        );
        assert_eq!(
            line("HELMFILE", context.clone(), &["/t/1"]),
            "template --file /t/chart --helm-binary /bin/helm --environment prod --namespace ns --include-crds --set image.tag=1.2,replicas=3 --values /t/1"
        );
        assert_eq!(line("KUSTOMIZE4", context, &[]), "build /t/chart");
        let raw = json!({"outputName": "app", "rawOverrides": true, "overrides": {"on": true}});
        assert_eq!(line("HELM4", raw, &[]), "template app /t/chart --set on=true");
    }

    #[test]
    fn a_helmfiles_environment_cannot_smuggle_templates() {
        let wish = Wish { environment: Some("{{ exec }}".into()), ..Wish::default() };
        let inputs = Inputs { template: "/t".into(), values: Vec::new() };
        let failure = Renderer::Helmfile.arguments(&wish, &inputs, None).unwrap_err();
        assert!(failure.message.starts_with("'environment' of a helmfile may only hold"));
    }

    #[test]
    fn tests_of_charts_are_left_out() {
        let output = "---\n# Source: app/templates/a.yaml\nkind: A\n---\n# Source: app/templates/tests/t.yaml\nkind: T\n---\n# Source: app/charts/x/templates/b.yaml\nkind: B\n";
        assert_eq!(
            without_tests(output),
            "---\n# Source: app/templates/a.yaml\nkind: A\n---\n# Source: app/charts/x/templates/b.yaml\nkind: B\n"
        );
    }
}
