//! `gennaker graph`: the stages of a pipeline or an execution as a picture.

use clap::{Args, ValueEnum};

use super::GlobalOptions;
use super::exit_code::Exit;
use super::host::read_state;
use super::project::Project;
use crate::pipeline::{DrawNode, dot, draw, mermaid, svg};

/// Draw the stages of a pipeline or of an execution
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker graph quickstart
  gennaker graph quickstart --format svg > quickstart.svg
  gennaker graph --execution 01J8Z        with the status of each stage")]
pub struct GraphArgs {
    /// A file, a name under pipelines/, or - for standard input
    #[arg(required_unless_present = "execution")]
    pipeline: Option<String>,
    /// Which pipeline of the file, by name or id
    #[arg(long = "pipeline", value_name = "NAME", id = "pick")]
    pick: Option<String>,
    /// Draw an execution instead, synthetic stages included
    #[arg(long, value_name = "ID", conflicts_with = "pipeline")]
    execution: Option<String>,
    /// Form of the picture
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For the terminal
    #[default]
    Text,
    /// For Markdown: GitHub and GitLab draw it
    Mermaid,
    /// For Graphviz
    Dot,
    /// For browsers
    Svg,
}

/// Runs the command.
pub async fn run(args: &GraphArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let nodes: Vec<DrawNode> = match (&args.execution, &args.pipeline) {
        (Some(prefix), _) => {
            let history = project.open_history()?;
            let state = read_state(&*history, &history.resolve(prefix).await?).await?;
            let node = |stage: &std::sync::Arc<crate::model::StageExecution>| DrawNode {
                id: stage.ref_id.clone(),
                label: stage.name.clone(),
                kind: stage.kind.clone(),
                status: Some(stage.status),
                requisites: stage.requisite_stage_ref_ids.clone(),
            };
            let top = state.execution().stages.iter().filter(|stage| stage.parent_stage_id.is_none());
            top.map(node).collect()
        }
        (None, name) => {
            let found = project.pipeline(name.as_deref().unwrap_or("-"), args.pick.as_deref())?;
            let node = |stage: &crate::pipeline::StageDefinition| DrawNode {
                id: stage.ref_id.clone(),
                label: stage.name.clone(),
                kind: stage.kind.clone(),
                status: None,
                requisites: stage.requisites.clone(),
            };
            found.pipeline.stages.iter().map(node).collect()
        }
    };
    let picture = match args.format {
        Format::Text => draw(&nodes),
        Format::Mermaid => mermaid(&nodes),
        Format::Dot => dot(&nodes),
        Format::Svg => svg(&nodes),
    };
    println!("{}", picture.trim_end());
    Ok(Exit::Succeeded)
}
