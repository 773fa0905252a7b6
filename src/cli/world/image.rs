//! `gennaker image`: what instances can be started from.

use clap::{Args, Subcommand};

use super::look::{World, age, told};
use crate::cli::error::Told;
use crate::cli::exit_code::Exit;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, find, out};
use crate::model::{Image, Map};
use crate::report::Table;

/// Look at images
#[derive(Args, Debug)]
pub struct ImageArgs {
    #[command(subcommand)]
    command: ImageCommand,
}

#[derive(Subcommand, Debug)]
enum ImageCommand {
    /// List images, newest first
    #[command(after_help = "Examples:\n  gennaker image list hello\n  gennaker image list --tag channel=stable")]
    List(ListArgs),
}

#[derive(Args, Debug)]
struct ListArgs {
    /// Only those whose name begins so
    name: Option<String>,
    /// Only those with this tag; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    tag: Vec<String>,
    /// Only of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub async fn run(args: ImageArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let ImageCommand::List(args) = args.command;
    let project = Project::find(global)?;
    let world = World::open(&project, args.account.as_deref())?;
    let mut tags = Map::new();
    for tag in &args.tag {
        let (name, value) = tag.split_once('=').ok_or_else(|| Told::usage(format!("'{tag}' is no NAME=VALUE")))?;
        tags.insert(name.to_owned(), value.into());
    }
    let mut found: Vec<(&str, Image)> = Vec::new();
    for (name, provider) in world.providers()? {
        if let Some(images) = provider.images() {
            let images = images.find(args.name.as_deref(), &tags).await.map_err(|error| told(error, name))?;
            found.extend(images.into_iter().map(|image| (name, image)));
        }
    }
    if global.is_json() {
        out::json(&found.iter().map(|(_, image)| image).collect::<Vec<_>>());
        return Ok(Exit::Succeeded);
    }
    if found.is_empty() {
        eprintln!("there is no such image");
        return Ok(Exit::Succeeded);
    }
    let now = find::now();
    let mut table = Table::new(global.style(), &["IMAGE", "NAME", "VERSION", "ACCOUNT", "REGION", "AGE"]);
    for (account, image) in &found {
        let Image { image_id, image_name, version, region, created_time, .. } = image;
        let version = version.as_deref().unwrap_or_default();
        table.row(&[image_id, image_name, version, *account, region, &age(*created_time, now)]);
    }
    out::lines(table.lines());
    Ok(Exit::Succeeded)
}
