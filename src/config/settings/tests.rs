//! Layers, defaults, and what people get wrong.

use super::*;
use crate::config::EXAMPLE;
use crate::config::file::read_text;
use crate::diagnostic::{Source, render};

fn assemble(project: &str, user: &str, flags: &Flags, variables: &[(&str, &str)]) -> (Settings, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let environment = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    let options = LoadOptions { directory: Path::new("/project"), flags, environment: &environment };
    let mut files = Vec::new();
    files.extend(read_text(Source::new("gennaker.yaml", project), &mut findings));
    files.extend(read_text(Source::new("config.yaml", user), &mut findings));
    let settings = Settings::assemble(&options, "/project".into(), Vec::new(), &files, &mut findings);
    (settings, findings)
}

#[test]
fn the_example_is_in_order_and_names_every_setting() {
    let (settings, findings) = assemble(EXAMPLE, "", &Flags::default(), &[]);
    assert_eq!(render(&findings, false), "");
    assert_eq!(settings.accounts["production"].permissions["WRITE"], ["operators"]);
    assert!(!settings.accounts["production"].settings.contains_key("permissions"));
    for key in KEYS {
        assert!(EXAMPLE.contains(&format!("\n{key}:")), "{key} is not in the example");
    }
    assert!(KEYS.is_sorted());
}

#[test]
fn flags_win_over_environment_over_project_over_user() {
    let flags = Flags { history: Some("flag".into()), ..Flags::default() };
    let variables = [("GENNAKER_HISTORY", "env"), ("GENNAKER_APPLICATION", "env"), ("USER", "bob")];
    let project = "history: project\napplication: project\ntimeZone: UTC\n";
    let user = "timeZone: Europe/Berlin\nuser: alice\ncolor: never\naccounts:\n  k8s: {provider: kubernetes}\n";
    let (settings, findings) = assemble(project, user, &flags, &variables);
    assert_eq!(render(&findings, false), "");
    let shown: String = settings.show().iter().map(|s| format!("{} {} ({})\n", s.key, s.value, s.origin)).collect();
    insta::assert_snapshot!(shown, @r#"
    accounts.k8s {"provider":"kubernetes"} (config.yaml:5)
    accounts.local {"provider":"local"} (built in)
    application "env" (environment GENNAKER_APPLICATION)
    color "never" (config.yaml:3)
    history "flag" (flag --history)
    roles {} (built in)
    spelEvaluator "v3" (built in)
    timeZone "UTC" (gennaker.yaml:3)
    trafficGuards [] (built in)
    urlPolicy {"allow":[],"deny":[],"allowPrivate":true} (built in)
    user "alice" (config.yaml:2)
    "#);
}

#[test]
fn an_account_of_this_machine_is_there_unless_configured() {
    let names =
        |text: &str| -> Vec<String> { assemble(text, "", &Flags::default(), &[]).0.accounts.into_keys().collect() };
    assert_eq!(names(""), ["local"]);
    assert_eq!(names("accounts: {prod: {provider: aws}}"), ["local", "prod"]);
    assert_eq!(names("accounts: {here: {provider: local}}"), ["here"]);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let project = "\
timezone: UTC
timeZone: Europe/Berln
history: [a]
color: sometimes
accounts:
  prod: {settings: 1}
  test:
    provider: local
    permissions: {WRTE: [a]}
    token: ${TOKEN}
urlPolicy: {allowPrivate: 'no'}
";
    let (_, findings) = assemble(project, "", &Flags::default(), &[]);
    insta::assert_snapshot!(render(&findings, false), @r#"
    warning[GNK0080]: there is no setting 'timezone'
     --> gennaker.yaml:1:1
      |
    1 | timezone: UTC
      | ^^^^^^^^ nothing reads this
      |
      = help: did you mean 'timeZone'?

    error[GNK0082]: there is no time zone 'Europe/Berln'
     --> gennaker.yaml:2:11
      |
    2 | timeZone: Europe/Berln
      |           ^^^^^^^^^^^^ no such zone
      |
      = help: write its IANA name, such as 'Europe/Berlin' or 'UTC'

    error[GNK0081]: 'history' must be text, or an object with a 'url', but is a list
     --> gennaker.yaml:3:10
      |
    3 | history: [a]
      |          ^^^ text, or an object with a 'url' belongs here

    error[GNK0082]: 'sometimes' is no choice for 'color'
     --> gennaker.yaml:4:8
      |
    4 | color: sometimes
      |        ^^^^^^^^^ not a choice
      |
      = help: the choices are 'auto', 'always' or 'never'

    error[GNK0083]: account 'prod' has no provider
     --> gennaker.yaml:6:9
      |
    6 |   prod: {settings: 1}
      |         ^^^^^^^^^^^^^ 'provider' is missing
      |
      = help: write 'provider: local', 'provider: kubernetes' or another one

    warning[GNK0080]: permissions have no setting 'WRTE'
     --> gennaker.yaml:9:19
      |
    9 |     permissions: {WRTE: [a]}
      |                   ^^^^ nothing reads this
      |
      = help: did you mean 'WRITE'?

    warning[GNK0085]: expressions are not evaluated in settings
      --> gennaker.yaml:10:12
       |
    10 |     token: ${TOKEN}
       |            ^^^^^^^^ taken as it is
       |
       = help: use {fromEnv: NAME} for values of the environment

    error[GNK0081]: 'allowPrivate' must be true or false, but is "no"
      --> gennaker.yaml:11:27
       |
    11 | urlPolicy: {allowPrivate: 'no'}
       |                           ^^^^ true or false belongs here

    5 errors, 3 warnings
    "#);
}
