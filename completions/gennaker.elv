
use builtin;
use str;

set edit:completion:arg-completer[gennaker] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'gennaker'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'gennaker'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand account 'Look at the project''s accounts'
            cand artifact 'Fetch an artifact''s content, or say exactly which one it is'
            cand cancel 'Cancel an execution'
            cand clusters 'Show clusters with their server groups and instances'
            cand completions 'Print the completions of a shell'
            cand config 'Show the settings in effect'
            cand docs 'Read the documentation of stage types and settings'
            cand eval 'Evaluate an expression'
            cand explain 'Explain a code that a finding carries'
            cand firewall 'Look at firewalls (security groups)'
            cand graph 'Draw the stages of a pipeline or of an execution'
            cand history 'Show recorded executions'
            cand image 'Look at images'
            cand import 'Turn Spinnaker''s pipelines into tidy YAML that means the same'
            cand init 'Write a first pipeline, settings and the schema for editors into this repository'
            cand instance 'Look at a single instance'
            cand judge 'Answer a manual judgment'
            cand load-balancer 'Look at load balancers, or delete one'
            cand lock 'Look at locks, or break one'
            cand man 'Print the manual, or write a page per command into a folder'
            cand pause 'Pause an execution: nothing new starts until it is unpaused'
            cand plan 'Show what a run would do, without doing it'
            cand respond 'Serve one answer over HTTP, to try pipelines with'
            cand restart 'Run a stage of an execution again, and all stages after it'
            cand resume 'Go on with an execution whose process ended before it did'
            cand run 'Run a pipeline to its end'
            cand schema 'Print the JSON Schema of pipeline documents, for editors'
            cand server-group 'Look at a server group, or enable, disable, resize or destroy it'
            cand skip 'Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline'
            cand template 'Render, plan and check pipeline templates'
            cand unpause 'Let a paused execution go on'
            cand validate 'Check pipeline documents without running them'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;account'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand check 'Ask each account who it is and whether it may do what gennaker needs'
            cand list 'List accounts with their providers'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;account;check'= {
            cand --pipeline 'Ask for what this pipeline needs: a file, a name under pipelines/, FILE:NAME'
            cand -p 'A parameter of the pipeline; may be repeated'
            cand --parameter 'A parameter of the pipeline; may be repeated'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;account;list'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;account;help'= {
            cand check 'Ask each account who it is and whether it may do what gennaker needs'
            cand list 'List accounts with their providers'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;account;help;check'= {
        }
        &'gennaker;account;help;list'= {
        }
        &'gennaker;account;help;help'= {
        }
        &'gennaker;artifact'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand fetch 'Print an artifact''s content, or write it to a file'
            cand resolve 'Print the artifact with what may change said exactly: a tag''s digest, a branch''s commit, a range''s version'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;artifact;fetch'= {
            cand --account 'The artifact account of gennaker.yaml to use'
            cand --to 'Where to write it; standard output when absent'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;artifact;resolve'= {
            cand --account 'The artifact account of gennaker.yaml to use'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;artifact;help'= {
            cand fetch 'Print an artifact''s content, or write it to a file'
            cand resolve 'Print the artifact with what may change said exactly: a tag''s digest, a branch''s commit, a range''s version'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;artifact;help;fetch'= {
        }
        &'gennaker;artifact;help;resolve'= {
        }
        &'gennaker;artifact;help;help'= {
        }
        &'gennaker;cancel'= {
            cand -r 'Why, for whoever reads the history'
            cand --reason 'Why, for whoever reads the history'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-wait 'Leave the request and go, also when no process is there to take it'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;clusters'= {
            cand --account 'Only of this account'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;completions'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;config'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Print every setting; secrets are never shown'
            cand example 'Print a commented gennaker.yaml with every setting there is'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;config;show'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --origin 'Tell where each value comes from: a flag, the environment, a line of a file'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;config;example'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;config;help'= {
            cand show 'Print every setting; secrets are never shown'
            cand example 'Print a commented gennaker.yaml with every setting there is'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;config;help;show'= {
        }
        &'gennaker;config;help;example'= {
        }
        &'gennaker;config;help;help'= {
        }
        &'gennaker;docs'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;eval'= {
            cand --execution 'The recorded execution to evaluate on: its id, the first letters of it, or a JSON file'
            cand --stage 'The stage of the execution whose context is seen: its name, refId or id'
            cand --context 'A JSON or YAML file with the context'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --explain 'Show the value of every part'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;explain'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;firewall'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List firewalls with the ranges they let in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;firewall;list'= {
            cand --account 'Only of this account'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;firewall;help'= {
            cand list 'List firewalls with the ranges they let in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;firewall;help;list'= {
        }
        &'gennaker;firewall;help;help'= {
        }
        &'gennaker;graph'= {
            cand --pipeline 'Which pipeline of the file, by name or id'
            cand --execution 'Draw an execution instead, synthetic stages included'
            cand --format 'Form of the picture'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand copy 'Copy executions with their logs into another history'
            cand export 'Write executions with all their events and logs, one JSON document per line'
            cand list 'List executions, newest first'
            cand logs 'Show what stages wrote: scripts, jobs'
            cand prune 'Remove executions that have ended, with their logs'
            cand show 'Show an execution: its stages, why it failed, what it changed'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;history;copy'= {
            cand -p 'Only of this pipeline: its name or id'
            cand --pipeline 'Only of this pipeline: its name or id'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history;export'= {
            cand -f 'Where to; standard output when absent or -'
            cand --file 'Where to; standard output when absent or -'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --all 'All executions, oldest first'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history;list'= {
            cand -p 'Only of this pipeline: its name or id'
            cand --pipeline 'Only of this pipeline: its name or id'
            cand -s 'Only with this status, such as running, succeeded, terminal; may be given several times'
            cand --status 'Only with this status, such as running, succeeded, terminal; may be given several times'
            cand -n 'At most so many'
            cand --limit 'At most so many'
            cand --since 'Only those recorded within this time, such as 90m, 2d'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history;logs'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand -f 'Go on until the execution ends'
            cand --follow 'Go on until the execution ends'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history;prune'= {
            cand --keep 'Keep the newest so many of each pipeline'
            cand --older-than 'Only what ended longer ago than this, such as 12h, 30d'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --dry-run 'Say what would be removed, and remove nothing'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history;show'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --events 'Every recorded event in order, instead of the state they led to'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;history;help'= {
            cand copy 'Copy executions with their logs into another history'
            cand export 'Write executions with all their events and logs, one JSON document per line'
            cand list 'List executions, newest first'
            cand logs 'Show what stages wrote: scripts, jobs'
            cand prune 'Remove executions that have ended, with their logs'
            cand show 'Show an execution: its stages, why it failed, what it changed'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;history;help;copy'= {
        }
        &'gennaker;history;help;export'= {
        }
        &'gennaker;history;help;list'= {
        }
        &'gennaker;history;help;logs'= {
        }
        &'gennaker;history;help;prune'= {
        }
        &'gennaker;history;help;show'= {
        }
        &'gennaker;history;help;help'= {
        }
        &'gennaker;image'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List images, newest first'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;image;list'= {
            cand --tag 'Only those with this tag; may be given several times'
            cand --account 'Only of this account'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;image;help'= {
            cand list 'List images, newest first'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;image;help;list'= {
        }
        &'gennaker;image;help;help'= {
        }
        &'gennaker;import'= {
            cand --out 'Write a file per pipeline below this folder instead of printing'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --check 'Only report what is not supported, per stage'
            cand --force 'Overwrite files that are there'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;init'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --force 'Overwrite files that are there'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;instance'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand logs 'Print the last lines an instance wrote'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;instance;logs'= {
            cand -n 'How many lines'
            cand --lines 'How many lines'
            cand --account 'Its account'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;instance;help'= {
            cand logs 'Print the last lines an instance wrote'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;instance;help;logs'= {
        }
        &'gennaker;instance;help;help'= {
        }
        &'gennaker;judge'= {
            cand -i 'The answer chosen from the judgment''s inputs'
            cand --input 'The answer chosen from the judgment''s inputs'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;load-balancer'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand delete 'Remove a load balancer; what is behind it keeps running'
            cand list 'List load balancers'
            cand show 'Show one with what it sends traffic to'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;load-balancer;delete'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region, where the name alone is not enough'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand -y 'Answer the question with yes'
            cand --yes 'Answer the question with yes'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;load-balancer;list'= {
            cand --account 'Only of this account'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;load-balancer;show'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region, where the name alone is not enough'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;load-balancer;help'= {
            cand delete 'Remove a load balancer; what is behind it keeps running'
            cand list 'List load balancers'
            cand show 'Show one with what it sends traffic to'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;load-balancer;help;delete'= {
        }
        &'gennaker;load-balancer;help;list'= {
        }
        &'gennaker;load-balancer;help;show'= {
        }
        &'gennaker;load-balancer;help;help'= {
        }
        &'gennaker;lock'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand break 'Take a lock away from its holder'
            cand list 'List locks with their holders'
            cand ls 'List locks with their holders'
            cand show 'Show one lock'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;lock;break'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand -y 'Answer the question with yes'
            cand --yes 'Answer the question with yes'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;lock;list'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;lock;ls'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;lock;show'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;lock;help'= {
            cand break 'Take a lock away from its holder'
            cand list 'List locks with their holders'
            cand show 'Show one lock'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;lock;help;break'= {
        }
        &'gennaker;lock;help;list'= {
        }
        &'gennaker;lock;help;show'= {
        }
        &'gennaker;lock;help;help'= {
        }
        &'gennaker;man'= {
            cand --folder 'Write gennaker.1, gennaker-run.1, … here'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;pause'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;plan'= {
            cand -p 'A parameter; may be repeated'
            cand --parameter 'A parameter; may be repeated'
            cand --parameters 'A YAML or JSON file of parameters; -p wins over it'
            cand --trigger 'A recorded trigger to run with: a JSON or YAML object'
            cand --artifact 'An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated'
            cand --artifacts 'A YAML or JSON file of artifacts, {artifacts: […]} as spin''s --artifacts-file or a list'
            cand --pipeline 'Which pipeline of the file, by name or id'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --unchecked-parameters 'Take parameters as Spinnaker''s engine does: nothing is required, options are not checked'
            cand --exit-code 'End with 3 when the run would change something'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;respond'= {
            cand --listen 'Address to listen on; $HOST:$PORT when absent'
            cand --body 'The answer; $BODY when absent'
            cand --status 'Status of the answer'
            cand --start-delay 'Time before it listens'
            cand --unhealthy-after 'After so many requests, /health answers 503'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;restart'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;resume'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;run'= {
            cand -p 'A parameter; may be repeated'
            cand --parameter 'A parameter; may be repeated'
            cand --parameters 'A YAML or JSON file of parameters; -p wins over it'
            cand --trigger 'A recorded trigger to run with: a JSON or YAML object'
            cand --artifact 'An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated'
            cand --artifacts 'A YAML or JSON file of artifacts, {artifacts: […]} as spin''s --artifacts-file or a list'
            cand --pipeline 'Which pipeline of the file, by name or id'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --unchecked-parameters 'Take parameters as Spinnaker''s engine does: nothing is required, options are not checked'
            cand --no-wait 'Refuse (exit code 8) instead of waiting for another execution of a limited pipeline'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;schema'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand destroy 'Stop its instances and remove it'
            cand disable 'Take it out of traffic; its instances keep running'
            cand enable 'Put it into traffic'
            cand list 'List server groups'
            cand resize 'Change its size'
            cand show 'Show it with its instances'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;server-group;destroy'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region or namespace, where the name alone is not enough'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand -y 'Answer the question with yes'
            cand --yes 'Answer the question with yes'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group;disable'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region or namespace, where the name alone is not enough'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group;enable'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region or namespace, where the name alone is not enough'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group;list'= {
            cand --account 'Only of this account'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group;resize'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region or namespace, where the name alone is not enough'
            cand --min 'Lower bound; the size when absent'
            cand --max 'Upper bound; the size when absent'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand -y 'Answer the question, asked when most of its instances would go, with yes'
            cand --yes 'Answer the question, asked when most of its instances would go, with yes'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group;show'= {
            cand --account 'Its account, where the name alone is not enough'
            cand --region 'Its region or namespace, where the name alone is not enough'
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;server-group;help'= {
            cand destroy 'Stop its instances and remove it'
            cand disable 'Take it out of traffic; its instances keep running'
            cand enable 'Put it into traffic'
            cand list 'List server groups'
            cand resize 'Change its size'
            cand show 'Show it with its instances'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;server-group;help;destroy'= {
        }
        &'gennaker;server-group;help;disable'= {
        }
        &'gennaker;server-group;help;enable'= {
        }
        &'gennaker;server-group;help;list'= {
        }
        &'gennaker;server-group;help;resize'= {
        }
        &'gennaker;server-group;help;show'= {
        }
        &'gennaker;server-group;help;help'= {
        }
        &'gennaker;skip'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;template'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand render 'Print what a template makes of these variables'
            cand plan 'Print the pipeline that a configuration and its template make, as Spinnaker''s engine would get it'
            cand validate 'Check templates and configurations without values for what they leave open'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;template;render'= {
            cand --var 'A value of a template variable, YAML or text; may be repeated'
            cand --var-file 'A YAML or JSON file of values; --var wins over it'
            cand --trigger 'A recorded trigger, visible to templates as ''trigger'''
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;template;plan'= {
            cand --template 'The template to take instead of the one that is named'
            cand --var 'A value of a template variable, YAML or text; may be repeated'
            cand --var-file 'A YAML or JSON file of values; --var wins over it'
            cand --trigger 'A recorded trigger, visible to templates as ''trigger'''
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;template;validate'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;template;help'= {
            cand render 'Print what a template makes of these variables'
            cand plan 'Print the pipeline that a configuration and its template make, as Spinnaker''s engine would get it'
            cand validate 'Check templates and configurations without values for what they leave open'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;template;help;render'= {
        }
        &'gennaker;template;help;plan'= {
        }
        &'gennaker;template;help;validate'= {
        }
        &'gennaker;template;help;help'= {
        }
        &'gennaker;unpause'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;validate'= {
            cand --history 'Where executions are recorded: a folder (default `.gennaker` in the project''s root)'
            cand -o 'Form of the result on standard output'
            cand --output 'Form of the result on standard output'
            cand --color 'When to use colours'
            cand --application 'Application of pipelines that name none'
            cand --time-zone 'Time zone of execution windows (IANA name)'
            cand -C 'Work as if called in this folder'
            cand --directory 'Work as if called in this folder'
            cand --strict 'Warnings count as errors'
            cand --no-input 'Never ask: a missing answer is an error, a judgment suspends the run'
            cand -q 'Say less'
            cand --quiet 'Say less'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'gennaker;help'= {
            cand account 'Look at the project''s accounts'
            cand artifact 'Fetch an artifact''s content, or say exactly which one it is'
            cand cancel 'Cancel an execution'
            cand clusters 'Show clusters with their server groups and instances'
            cand completions 'Print the completions of a shell'
            cand config 'Show the settings in effect'
            cand docs 'Read the documentation of stage types and settings'
            cand eval 'Evaluate an expression'
            cand explain 'Explain a code that a finding carries'
            cand firewall 'Look at firewalls (security groups)'
            cand graph 'Draw the stages of a pipeline or of an execution'
            cand history 'Show recorded executions'
            cand image 'Look at images'
            cand import 'Turn Spinnaker''s pipelines into tidy YAML that means the same'
            cand init 'Write a first pipeline, settings and the schema for editors into this repository'
            cand instance 'Look at a single instance'
            cand judge 'Answer a manual judgment'
            cand load-balancer 'Look at load balancers, or delete one'
            cand lock 'Look at locks, or break one'
            cand man 'Print the manual, or write a page per command into a folder'
            cand pause 'Pause an execution: nothing new starts until it is unpaused'
            cand plan 'Show what a run would do, without doing it'
            cand respond 'Serve one answer over HTTP, to try pipelines with'
            cand restart 'Run a stage of an execution again, and all stages after it'
            cand resume 'Go on with an execution whose process ended before it did'
            cand run 'Run a pipeline to its end'
            cand schema 'Print the JSON Schema of pipeline documents, for editors'
            cand server-group 'Look at a server group, or enable, disable, resize or destroy it'
            cand skip 'Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline'
            cand template 'Render, plan and check pipeline templates'
            cand unpause 'Let a paused execution go on'
            cand validate 'Check pipeline documents without running them'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'gennaker;help;account'= {
            cand check 'Ask each account who it is and whether it may do what gennaker needs'
            cand list 'List accounts with their providers'
        }
        &'gennaker;help;account;check'= {
        }
        &'gennaker;help;account;list'= {
        }
        &'gennaker;help;artifact'= {
            cand fetch 'Print an artifact''s content, or write it to a file'
            cand resolve 'Print the artifact with what may change said exactly: a tag''s digest, a branch''s commit, a range''s version'
        }
        &'gennaker;help;artifact;fetch'= {
        }
        &'gennaker;help;artifact;resolve'= {
        }
        &'gennaker;help;cancel'= {
        }
        &'gennaker;help;clusters'= {
        }
        &'gennaker;help;completions'= {
        }
        &'gennaker;help;config'= {
            cand show 'Print every setting; secrets are never shown'
            cand example 'Print a commented gennaker.yaml with every setting there is'
        }
        &'gennaker;help;config;show'= {
        }
        &'gennaker;help;config;example'= {
        }
        &'gennaker;help;docs'= {
        }
        &'gennaker;help;eval'= {
        }
        &'gennaker;help;explain'= {
        }
        &'gennaker;help;firewall'= {
            cand list 'List firewalls with the ranges they let in'
        }
        &'gennaker;help;firewall;list'= {
        }
        &'gennaker;help;graph'= {
        }
        &'gennaker;help;history'= {
            cand copy 'Copy executions with their logs into another history'
            cand export 'Write executions with all their events and logs, one JSON document per line'
            cand list 'List executions, newest first'
            cand logs 'Show what stages wrote: scripts, jobs'
            cand prune 'Remove executions that have ended, with their logs'
            cand show 'Show an execution: its stages, why it failed, what it changed'
        }
        &'gennaker;help;history;copy'= {
        }
        &'gennaker;help;history;export'= {
        }
        &'gennaker;help;history;list'= {
        }
        &'gennaker;help;history;logs'= {
        }
        &'gennaker;help;history;prune'= {
        }
        &'gennaker;help;history;show'= {
        }
        &'gennaker;help;image'= {
            cand list 'List images, newest first'
        }
        &'gennaker;help;image;list'= {
        }
        &'gennaker;help;import'= {
        }
        &'gennaker;help;init'= {
        }
        &'gennaker;help;instance'= {
            cand logs 'Print the last lines an instance wrote'
        }
        &'gennaker;help;instance;logs'= {
        }
        &'gennaker;help;judge'= {
        }
        &'gennaker;help;load-balancer'= {
            cand delete 'Remove a load balancer; what is behind it keeps running'
            cand list 'List load balancers'
            cand show 'Show one with what it sends traffic to'
        }
        &'gennaker;help;load-balancer;delete'= {
        }
        &'gennaker;help;load-balancer;list'= {
        }
        &'gennaker;help;load-balancer;show'= {
        }
        &'gennaker;help;lock'= {
            cand break 'Take a lock away from its holder'
            cand list 'List locks with their holders'
            cand show 'Show one lock'
        }
        &'gennaker;help;lock;break'= {
        }
        &'gennaker;help;lock;list'= {
        }
        &'gennaker;help;lock;show'= {
        }
        &'gennaker;help;man'= {
        }
        &'gennaker;help;pause'= {
        }
        &'gennaker;help;plan'= {
        }
        &'gennaker;help;respond'= {
        }
        &'gennaker;help;restart'= {
        }
        &'gennaker;help;resume'= {
        }
        &'gennaker;help;run'= {
        }
        &'gennaker;help;schema'= {
        }
        &'gennaker;help;server-group'= {
            cand destroy 'Stop its instances and remove it'
            cand disable 'Take it out of traffic; its instances keep running'
            cand enable 'Put it into traffic'
            cand list 'List server groups'
            cand resize 'Change its size'
            cand show 'Show it with its instances'
        }
        &'gennaker;help;server-group;destroy'= {
        }
        &'gennaker;help;server-group;disable'= {
        }
        &'gennaker;help;server-group;enable'= {
        }
        &'gennaker;help;server-group;list'= {
        }
        &'gennaker;help;server-group;resize'= {
        }
        &'gennaker;help;server-group;show'= {
        }
        &'gennaker;help;skip'= {
        }
        &'gennaker;help;template'= {
            cand render 'Print what a template makes of these variables'
            cand plan 'Print the pipeline that a configuration and its template make, as Spinnaker''s engine would get it'
            cand validate 'Check templates and configurations without values for what they leave open'
        }
        &'gennaker;help;template;render'= {
        }
        &'gennaker;help;template;plan'= {
        }
        &'gennaker;help;template;validate'= {
        }
        &'gennaker;help;unpause'= {
        }
        &'gennaker;help;validate'= {
        }
        &'gennaker;help;help'= {
        }
    ]
    $completions[$command]
}
