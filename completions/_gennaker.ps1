
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'gennaker' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'gennaker'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'gennaker' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('account', 'account', [CompletionResultType]::ParameterValue, 'Look at the project''s accounts')
            [CompletionResult]::new('artifact', 'artifact', [CompletionResultType]::ParameterValue, 'Fetch an artifact''s content, or say exactly which one it is')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Cancel an execution')
            [CompletionResult]::new('clusters', 'clusters', [CompletionResultType]::ParameterValue, 'Show clusters with their server groups and instances')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings in effect')
            [CompletionResult]::new('docs', 'docs', [CompletionResultType]::ParameterValue, 'Read the documentation of stage types and settings')
            [CompletionResult]::new('eval', 'eval', [CompletionResultType]::ParameterValue, 'Evaluate an expression')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a code that a finding carries')
            [CompletionResult]::new('firewall', 'firewall', [CompletionResultType]::ParameterValue, 'Look at firewalls (security groups)')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Draw the stages of a pipeline or of an execution')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show recorded executions')
            [CompletionResult]::new('image', 'image', [CompletionResultType]::ParameterValue, 'Look at images')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn Spinnaker''s pipelines into tidy YAML that means the same')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first pipeline, settings and the schema for editors into this repository')
            [CompletionResult]::new('instance', 'instance', [CompletionResultType]::ParameterValue, 'Look at a single instance')
            [CompletionResult]::new('judge', 'judge', [CompletionResultType]::ParameterValue, 'Answer a manual judgment')
            [CompletionResult]::new('load-balancer', 'load-balancer', [CompletionResultType]::ParameterValue, 'Look at load balancers, or delete one')
            [CompletionResult]::new('lock', 'lock', [CompletionResultType]::ParameterValue, 'Look at locks, or break one')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual, or write a page per command into a folder')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Pause an execution: nothing new starts until it is unpaused')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what a run would do, without doing it')
            [CompletionResult]::new('respond', 'respond', [CompletionResultType]::ParameterValue, 'Serve one answer over HTTP, to try pipelines with')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Run a stage of an execution again, and all stages after it')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on with an execution whose process ended before it did')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a pipeline to its end')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of pipeline documents, for editors')
            [CompletionResult]::new('server-group', 'server-group', [CompletionResultType]::ParameterValue, 'Look at a server group, or enable, disable, resize or destroy it')
            [CompletionResult]::new('skip', 'skip', [CompletionResultType]::ParameterValue, 'Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Render, plan and check pipeline templates')
            [CompletionResult]::new('unpause', 'unpause', [CompletionResultType]::ParameterValue, 'Let a paused execution go on')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check pipeline documents without running them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;account' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Ask each account who it is and whether it may do what gennaker needs')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List accounts with their providers')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;account;check' {
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Ask for what this pipeline needs: a file, a name under pipelines/, FILE:NAME')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'A parameter of the pipeline; may be repeated')
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'A parameter of the pipeline; may be repeated')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;account;list' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;account;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Ask each account who it is and whether it may do what gennaker needs')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List accounts with their providers')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;account;help;check' {
            break
        }
        'gennaker;account;help;list' {
            break
        }
        'gennaker;account;help;help' {
            break
        }
        'gennaker;artifact' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Print an artifact''s content, or write it to a file')
            [CompletionResult]::new('resolve', 'resolve', [CompletionResultType]::ParameterValue, 'Print the artifact with what may change said exactly: a tag''s digest, a branch''s commit, a range''s version')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;artifact;fetch' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The artifact account of gennaker.yaml to use')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where to write it; standard output when absent')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;artifact;resolve' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The artifact account of gennaker.yaml to use')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;artifact;help' {
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Print an artifact''s content, or write it to a file')
            [CompletionResult]::new('resolve', 'resolve', [CompletionResultType]::ParameterValue, 'Print the artifact with what may change said exactly: a tag''s digest, a branch''s commit, a range''s version')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;artifact;help;fetch' {
            break
        }
        'gennaker;artifact;help;resolve' {
            break
        }
        'gennaker;artifact;help;help' {
            break
        }
        'gennaker;cancel' {
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Why, for whoever reads the history')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for whoever reads the history')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Leave the request and go, also when no process is there to take it')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;clusters' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only of this account')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;completions' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;config' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print every setting; secrets are never shown')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print a commented gennaker.yaml with every setting there is')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;config;show' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'Tell where each value comes from: a flag, the environment, a line of a file')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;config;example' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;config;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print every setting; secrets are never shown')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print a commented gennaker.yaml with every setting there is')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;config;help;show' {
            break
        }
        'gennaker;config;help;example' {
            break
        }
        'gennaker;config;help;help' {
            break
        }
        'gennaker;docs' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;eval' {
            [CompletionResult]::new('--execution', '--execution', [CompletionResultType]::ParameterName, 'The recorded execution to evaluate on: its id, the first letters of it, or a JSON file')
            [CompletionResult]::new('--stage', '--stage', [CompletionResultType]::ParameterName, 'The stage of the execution whose context is seen: its name, refId or id')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'A JSON or YAML file with the context')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show the value of every part')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;explain' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;firewall' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List firewalls with the ranges they let in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;firewall;list' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only of this account')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;firewall;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List firewalls with the ranges they let in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;firewall;help;list' {
            break
        }
        'gennaker;firewall;help;help' {
            break
        }
        'gennaker;graph' {
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Which pipeline of the file, by name or id')
            [CompletionResult]::new('--execution', '--execution', [CompletionResultType]::ParameterName, 'Draw an execution instead, synthetic stages included')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the picture')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy executions with their logs into another history')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write executions with all their events and logs, one JSON document per line')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List executions, newest first')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show what stages wrote: scripts, jobs')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove executions that have ended, with their logs')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show an execution: its stages, why it failed, what it changed')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;history;copy' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Only of this pipeline: its name or id')
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Only of this pipeline: its name or id')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history;export' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Where to; standard output when absent or -')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Where to; standard output when absent or -')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All executions, oldest first')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history;list' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Only of this pipeline: its name or id')
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Only of this pipeline: its name or id')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Only with this status, such as running, succeeded, terminal; may be given several times')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only with this status, such as running, succeeded, terminal; may be given several times')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'At most so many')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those recorded within this time, such as 90m, 2d')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history;logs' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on until the execution ends')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on until the execution ends')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history;prune' {
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep the newest so many of each pipeline')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only what ended longer ago than this, such as 12h, 30d')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be removed, and remove nothing')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history;show' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Every recorded event in order, instead of the state they led to')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;history;help' {
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy executions with their logs into another history')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write executions with all their events and logs, one JSON document per line')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List executions, newest first')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show what stages wrote: scripts, jobs')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove executions that have ended, with their logs')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show an execution: its stages, why it failed, what it changed')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;history;help;copy' {
            break
        }
        'gennaker;history;help;export' {
            break
        }
        'gennaker;history;help;list' {
            break
        }
        'gennaker;history;help;logs' {
            break
        }
        'gennaker;history;help;prune' {
            break
        }
        'gennaker;history;help;show' {
            break
        }
        'gennaker;history;help;help' {
            break
        }
        'gennaker;image' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List images, newest first')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;image;list' {
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Only those with this tag; may be given several times')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only of this account')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;image;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List images, newest first')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;image;help;list' {
            break
        }
        'gennaker;image;help;help' {
            break
        }
        'gennaker;import' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write a file per pipeline below this folder instead of printing')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Only report what is not supported, per stage')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite files that are there')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;init' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite files that are there')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;instance' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print the last lines an instance wrote')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;instance;logs' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many lines')
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'How many lines')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;instance;help' {
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print the last lines an instance wrote')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;instance;help;logs' {
            break
        }
        'gennaker;instance;help;help' {
            break
        }
        'gennaker;judge' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'The answer chosen from the judgment''s inputs')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'The answer chosen from the judgment''s inputs')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;load-balancer' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a load balancer; what is behind it keeps running')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List load balancers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one with what it sends traffic to')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;load-balancer;delete' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region, where the name alone is not enough')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;load-balancer;list' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only of this account')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;load-balancer;show' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region, where the name alone is not enough')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;load-balancer;help' {
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a load balancer; what is behind it keeps running')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List load balancers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one with what it sends traffic to')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;load-balancer;help;delete' {
            break
        }
        'gennaker;load-balancer;help;list' {
            break
        }
        'gennaker;load-balancer;help;show' {
            break
        }
        'gennaker;load-balancer;help;help' {
            break
        }
        'gennaker;lock' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('break', 'break', [CompletionResultType]::ParameterValue, 'Take a lock away from its holder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List locks with their holders')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List locks with their holders')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one lock')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;lock;break' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;lock;list' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;lock;ls' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;lock;show' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;lock;help' {
            [CompletionResult]::new('break', 'break', [CompletionResultType]::ParameterValue, 'Take a lock away from its holder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List locks with their holders')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one lock')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;lock;help;break' {
            break
        }
        'gennaker;lock;help;list' {
            break
        }
        'gennaker;lock;help;show' {
            break
        }
        'gennaker;lock;help;help' {
            break
        }
        'gennaker;man' {
            [CompletionResult]::new('--folder', '--folder', [CompletionResultType]::ParameterName, 'Write gennaker.1, gennaker-run.1, … here')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;pause' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;plan' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'A parameter; may be repeated')
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'A parameter; may be repeated')
            [CompletionResult]::new('--parameters', '--parameters', [CompletionResultType]::ParameterName, 'A YAML or JSON file of parameters; -p wins over it')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'A recorded trigger to run with: a JSON or YAML object')
            [CompletionResult]::new('--artifact', '--artifact', [CompletionResultType]::ParameterName, 'An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated')
            [CompletionResult]::new('--artifacts', '--artifacts', [CompletionResultType]::ParameterName, 'A YAML or JSON file of artifacts, {artifacts: […]} as spin''s --artifacts-file or a list')
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Which pipeline of the file, by name or id')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--unchecked-parameters', '--unchecked-parameters', [CompletionResultType]::ParameterName, 'Take parameters as Spinnaker''s engine does: nothing is required, options are not checked')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'End with 3 when the run would change something')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;respond' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address to listen on; $HOST:$PORT when absent')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The answer; $BODY when absent')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Status of the answer')
            [CompletionResult]::new('--start-delay', '--start-delay', [CompletionResultType]::ParameterName, 'Time before it listens')
            [CompletionResult]::new('--unhealthy-after', '--unhealthy-after', [CompletionResultType]::ParameterName, 'After so many requests, /health answers 503')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;restart' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;resume' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;run' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'A parameter; may be repeated')
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'A parameter; may be repeated')
            [CompletionResult]::new('--parameters', '--parameters', [CompletionResultType]::ParameterName, 'A YAML or JSON file of parameters; -p wins over it')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'A recorded trigger to run with: a JSON or YAML object')
            [CompletionResult]::new('--artifact', '--artifact', [CompletionResultType]::ParameterName, 'An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated')
            [CompletionResult]::new('--artifacts', '--artifacts', [CompletionResultType]::ParameterName, 'A YAML or JSON file of artifacts, {artifacts: […]} as spin''s --artifacts-file or a list')
            [CompletionResult]::new('--pipeline', '--pipeline', [CompletionResultType]::ParameterName, 'Which pipeline of the file, by name or id')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--unchecked-parameters', '--unchecked-parameters', [CompletionResultType]::ParameterName, 'Take parameters as Spinnaker''s engine does: nothing is required, options are not checked')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Refuse (exit code 8) instead of waiting for another execution of a limited pipeline')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;schema' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('destroy', 'destroy', [CompletionResultType]::ParameterValue, 'Stop its instances and remove it')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Take it out of traffic; its instances keep running')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Put it into traffic')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List server groups')
            [CompletionResult]::new('resize', 'resize', [CompletionResultType]::ParameterValue, 'Change its size')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show it with its instances')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;server-group;destroy' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region or namespace, where the name alone is not enough')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer the question with yes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group;disable' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region or namespace, where the name alone is not enough')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group;enable' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region or namespace, where the name alone is not enough')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group;list' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only of this account')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group;resize' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region or namespace, where the name alone is not enough')
            [CompletionResult]::new('--min', '--min', [CompletionResultType]::ParameterName, 'Lower bound; the size when absent')
            [CompletionResult]::new('--max', '--max', [CompletionResultType]::ParameterName, 'Upper bound; the size when absent')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer the question, asked when most of its instances would go, with yes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer the question, asked when most of its instances would go, with yes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group;show' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Its account, where the name alone is not enough')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Its region or namespace, where the name alone is not enough')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;server-group;help' {
            [CompletionResult]::new('destroy', 'destroy', [CompletionResultType]::ParameterValue, 'Stop its instances and remove it')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Take it out of traffic; its instances keep running')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Put it into traffic')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List server groups')
            [CompletionResult]::new('resize', 'resize', [CompletionResultType]::ParameterValue, 'Change its size')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show it with its instances')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;server-group;help;destroy' {
            break
        }
        'gennaker;server-group;help;disable' {
            break
        }
        'gennaker;server-group;help;enable' {
            break
        }
        'gennaker;server-group;help;list' {
            break
        }
        'gennaker;server-group;help;resize' {
            break
        }
        'gennaker;server-group;help;show' {
            break
        }
        'gennaker;server-group;help;help' {
            break
        }
        'gennaker;skip' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;template' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print what a template makes of these variables')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Print the pipeline that a configuration and its template make, as Spinnaker''s engine would get it')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check templates and configurations without values for what they leave open')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;template;render' {
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'A value of a template variable, YAML or text; may be repeated')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'A YAML or JSON file of values; --var wins over it')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'A recorded trigger, visible to templates as ''trigger''')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;template;plan' {
            [CompletionResult]::new('--template', '--template', [CompletionResultType]::ParameterName, 'The template to take instead of the one that is named')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'A value of a template variable, YAML or text; may be repeated')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'A YAML or JSON file of values; --var wins over it')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'A recorded trigger, visible to templates as ''trigger''')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;template;validate' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;template;help' {
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print what a template makes of these variables')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Print the pipeline that a configuration and its template make, as Spinnaker''s engine would get it')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check templates and configurations without values for what they leave open')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;template;help;render' {
            break
        }
        'gennaker;template;help;plan' {
            break
        }
        'gennaker;template;help;validate' {
            break
        }
        'gennaker;template;help;help' {
            break
        }
        'gennaker;unpause' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;validate' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Application of pipelines that name none')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone of execution windows (IANA name)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'Work as if called in this folder')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Warnings count as errors')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask: a missing answer is an error, a judgment suspends the run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'gennaker;help' {
            [CompletionResult]::new('account', 'account', [CompletionResultType]::ParameterValue, 'Look at the project''s accounts')
            [CompletionResult]::new('artifact', 'artifact', [CompletionResultType]::ParameterValue, 'Fetch an artifact''s content, or say exactly which one it is')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Cancel an execution')
            [CompletionResult]::new('clusters', 'clusters', [CompletionResultType]::ParameterValue, 'Show clusters with their server groups and instances')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings in effect')
            [CompletionResult]::new('docs', 'docs', [CompletionResultType]::ParameterValue, 'Read the documentation of stage types and settings')
            [CompletionResult]::new('eval', 'eval', [CompletionResultType]::ParameterValue, 'Evaluate an expression')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a code that a finding carries')
            [CompletionResult]::new('firewall', 'firewall', [CompletionResultType]::ParameterValue, 'Look at firewalls (security groups)')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Draw the stages of a pipeline or of an execution')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show recorded executions')
            [CompletionResult]::new('image', 'image', [CompletionResultType]::ParameterValue, 'Look at images')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn Spinnaker''s pipelines into tidy YAML that means the same')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first pipeline, settings and the schema for editors into this repository')
            [CompletionResult]::new('instance', 'instance', [CompletionResultType]::ParameterValue, 'Look at a single instance')
            [CompletionResult]::new('judge', 'judge', [CompletionResultType]::ParameterValue, 'Answer a manual judgment')
            [CompletionResult]::new('load-balancer', 'load-balancer', [CompletionResultType]::ParameterValue, 'Look at load balancers, or delete one')
            [CompletionResult]::new('lock', 'lock', [CompletionResultType]::ParameterValue, 'Look at locks, or break one')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual, or write a page per command into a folder')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Pause an execution: nothing new starts until it is unpaused')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what a run would do, without doing it')
            [CompletionResult]::new('respond', 'respond', [CompletionResultType]::ParameterValue, 'Serve one answer over HTTP, to try pipelines with')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Run a stage of an execution again, and all stages after it')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on with an execution whose process ended before it did')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a pipeline to its end')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of pipeline documents, for editors')
            [CompletionResult]::new('server-group', 'server-group', [CompletionResultType]::ParameterValue, 'Look at a server group, or enable, disable, resize or destroy it')
            [CompletionResult]::new('skip', 'skip', [CompletionResultType]::ParameterValue, 'Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Render, plan and check pipeline templates')
            [CompletionResult]::new('unpause', 'unpause', [CompletionResultType]::ParameterValue, 'Let a paused execution go on')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check pipeline documents without running them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'gennaker;help;account' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Ask each account who it is and whether it may do what gennaker needs')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List accounts with their providers')
            break
        }
        'gennaker;help;account;check' {
            break
        }
        'gennaker;help;account;list' {
            break
        }
        'gennaker;help;artifact' {
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Print an artifact''s content, or write it to a file')
            [CompletionResult]::new('resolve', 'resolve', [CompletionResultType]::ParameterValue, 'Print the artifact with what may change said exactly: a tag''s digest, a branch''s commit, a range''s version')
            break
        }
        'gennaker;help;artifact;fetch' {
            break
        }
        'gennaker;help;artifact;resolve' {
            break
        }
        'gennaker;help;cancel' {
            break
        }
        'gennaker;help;clusters' {
            break
        }
        'gennaker;help;completions' {
            break
        }
        'gennaker;help;config' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print every setting; secrets are never shown')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print a commented gennaker.yaml with every setting there is')
            break
        }
        'gennaker;help;config;show' {
            break
        }
        'gennaker;help;config;example' {
            break
        }
        'gennaker;help;docs' {
            break
        }
        'gennaker;help;eval' {
            break
        }
        'gennaker;help;explain' {
            break
        }
        'gennaker;help;firewall' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List firewalls with the ranges they let in')
            break
        }
        'gennaker;help;firewall;list' {
            break
        }
        'gennaker;help;graph' {
            break
        }
        'gennaker;help;history' {
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy executions with their logs into another history')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write executions with all their events and logs, one JSON document per line')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List executions, newest first')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show what stages wrote: scripts, jobs')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove executions that have ended, with their logs')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show an execution: its stages, why it failed, what it changed')
            break
        }
        'gennaker;help;history;copy' {
            break
        }
        'gennaker;help;history;export' {
            break
        }
        'gennaker;help;history;list' {
            break
        }
        'gennaker;help;history;logs' {
            break
        }
        'gennaker;help;history;prune' {
            break
        }
        'gennaker;help;history;show' {
            break
        }
        'gennaker;help;image' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List images, newest first')
            break
        }
        'gennaker;help;image;list' {
            break
        }
        'gennaker;help;import' {
            break
        }
        'gennaker;help;init' {
            break
        }
        'gennaker;help;instance' {
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print the last lines an instance wrote')
            break
        }
        'gennaker;help;instance;logs' {
            break
        }
        'gennaker;help;judge' {
            break
        }
        'gennaker;help;load-balancer' {
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a load balancer; what is behind it keeps running')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List load balancers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one with what it sends traffic to')
            break
        }
        'gennaker;help;load-balancer;delete' {
            break
        }
        'gennaker;help;load-balancer;list' {
            break
        }
        'gennaker;help;load-balancer;show' {
            break
        }
        'gennaker;help;lock' {
            [CompletionResult]::new('break', 'break', [CompletionResultType]::ParameterValue, 'Take a lock away from its holder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List locks with their holders')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one lock')
            break
        }
        'gennaker;help;lock;break' {
            break
        }
        'gennaker;help;lock;list' {
            break
        }
        'gennaker;help;lock;show' {
            break
        }
        'gennaker;help;man' {
            break
        }
        'gennaker;help;pause' {
            break
        }
        'gennaker;help;plan' {
            break
        }
        'gennaker;help;respond' {
            break
        }
        'gennaker;help;restart' {
            break
        }
        'gennaker;help;resume' {
            break
        }
        'gennaker;help;run' {
            break
        }
        'gennaker;help;schema' {
            break
        }
        'gennaker;help;server-group' {
            [CompletionResult]::new('destroy', 'destroy', [CompletionResultType]::ParameterValue, 'Stop its instances and remove it')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Take it out of traffic; its instances keep running')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Put it into traffic')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List server groups')
            [CompletionResult]::new('resize', 'resize', [CompletionResultType]::ParameterValue, 'Change its size')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show it with its instances')
            break
        }
        'gennaker;help;server-group;destroy' {
            break
        }
        'gennaker;help;server-group;disable' {
            break
        }
        'gennaker;help;server-group;enable' {
            break
        }
        'gennaker;help;server-group;list' {
            break
        }
        'gennaker;help;server-group;resize' {
            break
        }
        'gennaker;help;server-group;show' {
            break
        }
        'gennaker;help;skip' {
            break
        }
        'gennaker;help;template' {
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print what a template makes of these variables')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Print the pipeline that a configuration and its template make, as Spinnaker''s engine would get it')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check templates and configurations without values for what they leave open')
            break
        }
        'gennaker;help;template;render' {
            break
        }
        'gennaker;help;template;plan' {
            break
        }
        'gennaker;help;template;validate' {
            break
        }
        'gennaker;help;unpause' {
            break
        }
        'gennaker;help;validate' {
            break
        }
        'gennaker;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
