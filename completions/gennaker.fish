# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_gennaker_global_optspecs
    string join \n history= o/output= color= no-input application= time-zone= q/quiet C/directory= h/help V/version
end

function __fish_gennaker_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_gennaker_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_gennaker_using_subcommand
    set -l cmd (__fish_gennaker_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c gennaker -n "__fish_gennaker_needs_command" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_needs_command" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_needs_command" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_needs_command" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_needs_command" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_needs_command" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_needs_command" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_needs_command" -s V -l version -d 'Print version'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "account" -d 'Look at the project\'s accounts'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "artifact" -d 'Fetch an artifact\'s content, or say exactly which one it is'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "cancel" -d 'Cancel an execution'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "clusters" -d 'Show clusters with their server groups and instances'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "config" -d 'Show the settings in effect'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "docs" -d 'Read the documentation of stage types and settings'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "eval" -d 'Evaluate an expression'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "explain" -d 'Explain a code that a finding carries'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "firewall" -d 'Look at firewalls (security groups)'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "graph" -d 'Draw the stages of a pipeline or of an execution'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "history" -d 'Show recorded executions'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "image" -d 'Look at images'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "import" -d 'Turn Spinnaker\'s pipelines into tidy YAML that means the same'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "init" -d 'Write a first pipeline, settings and the schema for editors into this repository'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "instance" -d 'Look at a single instance'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "judge" -d 'Answer a manual judgment'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "load-balancer" -d 'Look at load balancers, or delete one'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "lock" -d 'Look at locks, or break one'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "man" -d 'Print the manual, or write a page per command into a folder'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "pause" -d 'Pause an execution: nothing new starts until it is unpaused'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "plan" -d 'Show what a run would do, without doing it'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "respond" -d 'Serve one answer over HTTP, to try pipelines with'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "restart" -d 'Run a stage of an execution again, and all stages after it'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "resume" -d 'Go on with an execution whose process ended before it did'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "run" -d 'Run a pipeline to its end'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "schema" -d 'Print the JSON Schema of pipeline documents, for editors'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "server-group" -d 'Look at a server group, or enable, disable, resize or destroy it'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "skip" -d 'Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "template" -d 'Render, plan and check pipeline templates'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "unpause" -d 'Let a paused execution go on'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "validate" -d 'Check pipeline documents without running them'
complete -c gennaker -n "__fish_gennaker_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -f -a "check" -d 'Ask each account who it is and whether it may do what gennaker needs'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -f -a "list" -d 'List accounts with their providers'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and not __fish_seen_subcommand_from check list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -l pipeline -d 'Ask for what this pipeline needs: a file, a name under pipelines/, FILE:NAME' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -s p -l parameter -d 'A parameter of the pipeline; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "check" -d 'Ask each account who it is and whether it may do what gennaker needs'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "list" -d 'List accounts with their providers'
complete -c gennaker -n "__fish_gennaker_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -f -a "fetch" -d 'Print an artifact\'s content, or write it to a file'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -f -a "resolve" -d 'Print the artifact with what may change said exactly: a tag\'s digest, a branch\'s commit, a range\'s version'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and not __fish_seen_subcommand_from fetch resolve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l account -d 'The artifact account of gennaker.yaml to use' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l to -d 'Where to write it; standard output when absent' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -l account -d 'The artifact account of gennaker.yaml to use' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from help" -f -a "fetch" -d 'Print an artifact\'s content, or write it to a file'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from help" -f -a "resolve" -d 'Print the artifact with what may change said exactly: a tag\'s digest, a branch\'s commit, a range\'s version'
complete -c gennaker -n "__fish_gennaker_using_subcommand artifact; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -s r -l reason -d 'Why, for whoever reads the history' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -l no-wait -d 'Leave the request and go, also when no process is there to take it'
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -l account -d 'Only of this account' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand clusters" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -f -a "show" -d 'Print every setting; secrets are never shown'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -f -a "example" -d 'Print a commented gennaker.yaml with every setting there is'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and not __fish_seen_subcommand_from show example help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Tell where each value comes from: a flag, the environment, a line of a file'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from example" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print every setting; secrets are never shown'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "example" -d 'Print a commented gennaker.yaml with every setting there is'
complete -c gennaker -n "__fish_gennaker_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand docs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l execution -d 'The recorded execution to evaluate on: its id, the first letters of it, or a JSON file' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l stage -d 'The stage of the execution whose context is seen: its name, refId or id' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l context -d 'A JSON or YAML file with the context' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l explain -d 'Show the value of every part'
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand eval" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'List firewalls with the ranges they let in'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -l account -d 'Only of this account' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from help" -f -a "list" -d 'List firewalls with the ranges they let in'
complete -c gennaker -n "__fish_gennaker_using_subcommand firewall; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l pipeline -d 'Which pipeline of the file, by name or id' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l execution -d 'Draw an execution instead, synthetic stages included' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l format -d 'Form of the picture' -r -f -a "text\t'For the terminal'
mermaid\t'For Markdown: GitHub and GitLab draw it'
dot\t'For Graphviz'
svg\t'For browsers'"
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "copy" -d 'Copy executions with their logs into another history'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "export" -d 'Write executions with all their events and logs, one JSON document per line'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "list" -d 'List executions, newest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "logs" -d 'Show what stages wrote: scripts, jobs'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "prune" -d 'Remove executions that have ended, with their logs'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "show" -d 'Show an execution: its stages, why it failed, what it changed'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and not __fish_seen_subcommand_from copy export list logs prune show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -s p -l pipeline -d 'Only of this pipeline: its name or id' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -s f -l file -d 'Where to; standard output when absent or -' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -l all -d 'All executions, oldest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s p -l pipeline -d 'Only of this pipeline: its name or id' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s s -l status -d 'Only with this status, such as running, succeeded, terminal; may be given several times' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s n -l limit -d 'At most so many' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -l since -d 'Only those recorded within this time, such as 90m, 2d' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on until the execution ends'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l keep -d 'Keep the newest so many of each pipeline' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l older-than -d 'Only what ended longer ago than this, such as 12h, 30d' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l dry-run -d 'Say what would be removed, and remove nothing'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -l events -d 'Every recorded event in order, instead of the state they led to'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "copy" -d 'Copy executions with their logs into another history'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write executions with all their events and logs, one JSON document per line'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "list" -d 'List executions, newest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Show what stages wrote: scripts, jobs'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove executions that have ended, with their logs'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show an execution: its stages, why it failed, what it changed'
complete -c gennaker -n "__fish_gennaker_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'List images, newest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l tag -d 'Only those with this tag; may be given several times' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l account -d 'Only of this account' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "list" -d 'List images, newest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l out -d 'Write a file per pipeline below this folder instead of printing' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l check -d 'Only report what is not supported, per stage'
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l force -d 'Overwrite files that are there'
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -l force -d 'Overwrite files that are there'
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -f -a "logs" -d 'Print the last lines an instance wrote'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and not __fish_seen_subcommand_from logs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -s n -l lines -d 'How many lines' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -l account -d 'Its account' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Print the last lines an instance wrote'
complete -c gennaker -n "__fish_gennaker_using_subcommand instance; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -s i -l input -d 'The answer chosen from the judgment\'s inputs' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand judge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -f -a "delete" -d 'Remove a load balancer; what is behind it keeps running'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -f -a "list" -d 'List load balancers'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -f -a "show" -d 'Show one with what it sends traffic to'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and not __fish_seen_subcommand_from delete list show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l region -d 'Its region, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer the question with yes'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -l account -d 'Only of this account' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l region -d 'Its region, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove a load balancer; what is behind it keeps running'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from help" -f -a "list" -d 'List load balancers'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one with what it sends traffic to'
complete -c gennaker -n "__fish_gennaker_using_subcommand load-balancer; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -f -a "break" -d 'Take a lock away from its holder'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -f -a "list" -d 'List locks with their holders'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -f -a "ls" -d 'List locks with their holders'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -f -a "show" -d 'Show one lock'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and not __fish_seen_subcommand_from break list ls show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -s y -l yes -d 'Answer the question with yes'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from break" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from help" -f -a "break" -d 'Take a lock away from its holder'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from help" -f -a "list" -d 'List locks with their holders'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one lock'
complete -c gennaker -n "__fish_gennaker_using_subcommand lock; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -l folder -d 'Write gennaker.1, gennaker-run.1, … here' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -s p -l parameter -d 'A parameter; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l parameters -d 'A YAML or JSON file of parameters; -p wins over it' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l trigger -d 'A recorded trigger to run with: a JSON or YAML object' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l artifact -d 'An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l artifacts -d 'A YAML or JSON file of artifacts, {artifacts: […]} as spin\'s --artifacts-file or a list' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l pipeline -d 'Which pipeline of the file, by name or id' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l unchecked-parameters -d 'Take parameters as Spinnaker\'s engine does: nothing is required, options are not checked'
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l exit-code -d 'End with 3 when the run would change something'
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l listen -d 'Address to listen on; $HOST:$PORT when absent' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l body -d 'The answer; $BODY when absent' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l status -d 'Status of the answer' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l start-delay -d 'Time before it listens' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l unhealthy-after -d 'After so many requests, /health answers 503' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand respond" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -s p -l parameter -d 'A parameter; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l parameters -d 'A YAML or JSON file of parameters; -p wins over it' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l trigger -d 'A recorded trigger to run with: a JSON or YAML object' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l artifact -d 'An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l artifacts -d 'A YAML or JSON file of artifacts, {artifacts: […]} as spin\'s --artifacts-file or a list' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l pipeline -d 'Which pipeline of the file, by name or id' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l unchecked-parameters -d 'Take parameters as Spinnaker\'s engine does: nothing is required, options are not checked'
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l no-wait -d 'Refuse (exit code 8) instead of waiting for another execution of a limited pipeline'
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "destroy" -d 'Stop its instances and remove it'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "disable" -d 'Take it out of traffic; its instances keep running'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "enable" -d 'Put it into traffic'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "list" -d 'List server groups'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "resize" -d 'Change its size'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "show" -d 'Show it with its instances'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and not __fish_seen_subcommand_from destroy disable enable list resize show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l region -d 'Its region or namespace, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -s y -l yes -d 'Answer the question with yes'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from destroy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l region -d 'Its region or namespace, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l region -d 'Its region or namespace, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -l account -d 'Only of this account' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l region -d 'Its region or namespace, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l min -d 'Lower bound; the size when absent' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l max -d 'Upper bound; the size when absent' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -s y -l yes -d 'Answer the question, asked when most of its instances would go, with yes'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from resize" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l account -d 'Its account, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l region -d 'Its region or namespace, where the name alone is not enough' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "destroy" -d 'Stop its instances and remove it'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Take it out of traffic; its instances keep running'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Put it into traffic'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "list" -d 'List server groups'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "resize" -d 'Change its size'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show it with its instances'
complete -c gennaker -n "__fish_gennaker_using_subcommand server-group; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand skip" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -f -a "render" -d 'Print what a template makes of these variables'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -f -a "plan" -d 'Print the pipeline that a configuration and its template make, as Spinnaker\'s engine would get it'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -f -a "validate" -d 'Check templates and configurations without values for what they leave open'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and not __fish_seen_subcommand_from render plan validate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l var -d 'A value of a template variable, YAML or text; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l var-file -d 'A YAML or JSON file of values; --var wins over it' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l trigger -d 'A recorded trigger, visible to templates as \'trigger\'' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l template -d 'The template to take instead of the one that is named' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l var -d 'A value of a template variable, YAML or text; may be repeated' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l var-file -d 'A YAML or JSON file of values; --var wins over it' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l trigger -d 'A recorded trigger, visible to templates as \'trigger\'' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from help" -f -a "render" -d 'Print what a template makes of these variables'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from help" -f -a "plan" -d 'Print the pipeline that a configuration and its template make, as Spinnaker\'s engine would get it'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from help" -f -a "validate" -d 'Check templates and configurations without values for what they leave open'
complete -c gennaker -n "__fish_gennaker_using_subcommand template; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand unpause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -l history -d 'Where executions are recorded: a folder (default `.gennaker` in the project\'s root)' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -s o -l output -d 'Form of the result on standard output' -r -f -a "text\t'For people'
json\t'For programs: one document, or one event per line while something runs'
sarif\t'Findings for code scanning (SARIF 2.1.0), of \'validate\' only'
yaml\t'Documents as YAML, of \'template\' only'"
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -l color -d 'When to use colours' -r -f -a "auto\t'On terminals that want them'
always\t'Always'
never\t'Never'"
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -l application -d 'Application of pipelines that name none' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -l time-zone -d 'Time zone of execution windows (IANA name)' -r
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -s C -l directory -d 'Work as if called in this folder' -r -F
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -l strict -d 'Warnings count as errors'
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -l no-input -d 'Never ask: a missing answer is an error, a judgment suspends the run'
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -s q -l quiet -d 'Say less'
complete -c gennaker -n "__fish_gennaker_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "account" -d 'Look at the project\'s accounts'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "artifact" -d 'Fetch an artifact\'s content, or say exactly which one it is'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "cancel" -d 'Cancel an execution'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "clusters" -d 'Show clusters with their server groups and instances'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "completions" -d 'Print the completions of a shell'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "config" -d 'Show the settings in effect'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "docs" -d 'Read the documentation of stage types and settings'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "eval" -d 'Evaluate an expression'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "explain" -d 'Explain a code that a finding carries'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "firewall" -d 'Look at firewalls (security groups)'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "graph" -d 'Draw the stages of a pipeline or of an execution'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "history" -d 'Show recorded executions'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "image" -d 'Look at images'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "import" -d 'Turn Spinnaker\'s pipelines into tidy YAML that means the same'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "init" -d 'Write a first pipeline, settings and the schema for editors into this repository'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "instance" -d 'Look at a single instance'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "judge" -d 'Answer a manual judgment'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "load-balancer" -d 'Look at load balancers, or delete one'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "lock" -d 'Look at locks, or break one'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "man" -d 'Print the manual, or write a page per command into a folder'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "pause" -d 'Pause an execution: nothing new starts until it is unpaused'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "plan" -d 'Show what a run would do, without doing it'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "respond" -d 'Serve one answer over HTTP, to try pipelines with'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "restart" -d 'Run a stage of an execution again, and all stages after it'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "resume" -d 'Go on with an execution whose process ended before it did'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "run" -d 'Run a pipeline to its end'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "schema" -d 'Print the JSON Schema of pipeline documents, for editors'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "server-group" -d 'Look at a server group, or enable, disable, resize or destroy it'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "skip" -d 'Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "template" -d 'Render, plan and check pipeline templates'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "unpause" -d 'Let a paused execution go on'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "validate" -d 'Check pipeline documents without running them'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and not __fish_seen_subcommand_from account artifact cancel clusters completions config docs eval explain firewall graph history image import init instance judge load-balancer lock man pause plan respond restart resume run schema server-group skip template unpause validate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "check" -d 'Ask each account who it is and whether it may do what gennaker needs'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "list" -d 'List accounts with their providers'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from artifact" -f -a "fetch" -d 'Print an artifact\'s content, or write it to a file'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from artifact" -f -a "resolve" -d 'Print the artifact with what may change said exactly: a tag\'s digest, a branch\'s commit, a range\'s version'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print every setting; secrets are never shown'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "example" -d 'Print a commented gennaker.yaml with every setting there is'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from firewall" -f -a "list" -d 'List firewalls with the ranges they let in'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "copy" -d 'Copy executions with their logs into another history'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "export" -d 'Write executions with all their events and logs, one JSON document per line'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "list" -d 'List executions, newest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "logs" -d 'Show what stages wrote: scripts, jobs'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "prune" -d 'Remove executions that have ended, with their logs'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "show" -d 'Show an execution: its stages, why it failed, what it changed'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "list" -d 'List images, newest first'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from instance" -f -a "logs" -d 'Print the last lines an instance wrote'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from load-balancer" -f -a "delete" -d 'Remove a load balancer; what is behind it keeps running'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from load-balancer" -f -a "list" -d 'List load balancers'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from load-balancer" -f -a "show" -d 'Show one with what it sends traffic to'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from lock" -f -a "break" -d 'Take a lock away from its holder'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from lock" -f -a "list" -d 'List locks with their holders'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from lock" -f -a "show" -d 'Show one lock'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from server-group" -f -a "destroy" -d 'Stop its instances and remove it'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from server-group" -f -a "disable" -d 'Take it out of traffic; its instances keep running'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from server-group" -f -a "enable" -d 'Put it into traffic'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from server-group" -f -a "list" -d 'List server groups'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from server-group" -f -a "resize" -d 'Change its size'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from server-group" -f -a "show" -d 'Show it with its instances'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from template" -f -a "render" -d 'Print what a template makes of these variables'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from template" -f -a "plan" -d 'Print the pipeline that a configuration and its template make, as Spinnaker\'s engine would get it'
complete -c gennaker -n "__fish_gennaker_using_subcommand help; and __fish_seen_subcommand_from template" -f -a "validate" -d 'Check templates and configurations without values for what they leave open'
