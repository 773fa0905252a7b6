//! Where people see the job of a CI system that this process runs in.

/// Variables that hold the page's address as it is.
const WHOLE: &[&str] = &[
    "CI_JOB_URL",                 // GitLab
    "BUILD_URL",                  // Jenkins
    "CIRCLE_BUILD_URL",           // CircleCI
    "TRAVIS_JOB_WEB_URL",         // Travis
    "SEMAPHORE_JOB_URL",          // Semaphore
    "DRONE_BUILD_LINK",           // Drone
    "CI_STEP_URL",                // Woodpecker
    "BITRISE_BUILD_URL",          // Bitrise
    "CODEBUILD_PUBLIC_BUILD_URL", // CodeBuild
];

/// The page of the CI job that this process runs in; `None` outside of CI, and in systems that do not tell.
pub(super) fn job_url() -> Option<String> {
    job_url_in(|name| std::env::var(name).ok())
}

fn job_url_in(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let github = || {
        let (server, repository, run) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?, get("GITHUB_RUN_ID")?);
        let attempt = get("GITHUB_RUN_ATTEMPT").map(|attempt| format!("/attempts/{attempt}")).unwrap_or_default();
        Some(format!("{server}/{repository}/actions/runs/{run}{attempt}"))
    };
    let azure = || {
        let (server, project, build) =
            (get("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")?, get("SYSTEM_TEAMPROJECT")?, get("BUILD_BUILDID")?);
        let (server, project) = (server.trim_end_matches('/'), project.replace(' ', "%20"));
        Some(format!("{server}/{project}/_build/results?buildId={build}"))
    };
    let buildkite = || {
        let job = get("BUILDKITE_JOB_ID").map(|job| format!("#{job}")).unwrap_or_default();
        Some(get("BUILDKITE_BUILD_URL")? + &job)
    };
    let bitbucket = || {
        let (origin, number) = (get("BITBUCKET_GIT_HTTP_ORIGIN")?, get("BITBUCKET_BUILD_NUMBER")?);
        Some(format!("{origin}/pipelines/results/{number}"))
    };
    let found = github().or_else(azure).or_else(buildkite).or_else(bitbucket);
    let found = found.or_else(|| WHOLE.iter().find_map(|name| get(name)))?;
    ["https://", "http://"].iter().any(|scheme| found.starts_with(scheme)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<String> {
        job_url_in(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn ci_systems_tell_the_page_of_a_job() {
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_RUN_ATTEMPT", "2"),
        ];
        assert_eq!(of(&github).as_deref(), Some("https://github.com/acme/shop/actions/runs/7/attempts/2"));
        assert_eq!(of(&github[..3]).as_deref(), Some("https://github.com/acme/shop/actions/runs/7"));
        assert_eq!(
            of(&[("CI_JOB_URL", "https://gitlab.com/-/jobs/1")]).as_deref(),
            Some("https://gitlab.com/-/jobs/1")
        );
        let azure = [
            ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/acme/"),
            ("SYSTEM_TEAMPROJECT", "the shop"),
            ("BUILD_BUILDID", "9"),
        ];
        assert_eq!(of(&azure).as_deref(), Some("https://dev.azure.com/acme/the%20shop/_build/results?buildId=9"));
        let buildkite = [("BUILDKITE_BUILD_URL", "https://buildkite.com/a/b/builds/3"), ("BUILDKITE_JOB_ID", "x")];
        assert_eq!(of(&buildkite).as_deref(), Some("https://buildkite.com/a/b/builds/3#x"));
    }

    #[test]
    fn outside_of_ci_there_is_none() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("BUILD_URL", "  ")]), None);
        assert_eq!(of(&[("BUILD_URL", "javascript:alert(1)")]), None);
    }
}
