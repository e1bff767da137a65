package app

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const completionHelp = `Prints a script that completes commands, flags, formats and their options in SHELL:
bash, zsh, fish or powershell.

examples:
   source <(hubdata completion bash)
   hubdata completion zsh > "${fpath[1]}/_hubdata"
   hubdata completion fish > ~/.config/fish/completions/hubdata.fish
   hubdata completion powershell | Out-String | Invoke-Expression`

// completeWord asks for the words that fit where the user is typing. Its arguments are = with the word so far, then the
// words before it. A line of the answer is a word, a tab and its meaning; without an answer the shells offer files.
const completeWord = "__complete"

const bashCompletion = `_hubdata() {
  local IFS=$'\n' i n=0 join= cut= words=()
  for ((i = 1; i <= COMP_CWORD; i++)); do  # bash takes NAME=VALUE for three words
    if [[ $i -gt 1 && ( ${COMP_WORDS[i]} == = || $join ) ]]; then
      words[n-1]+=${COMP_WORDS[i]}
    else
      words[n++]=${COMP_WORDS[i]}
    fi
    [[ ${COMP_WORDS[i]} == = ]] && join=1 || join=
  done
  local word=${words[n-1]}
  COMPREPLY=($("${COMP_WORDS[0]}" __complete "=$word" "${words[@]:0:n-1}" 2>/dev/null | cut -f1))
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  [[ $COMP_WORDBREAKS == *=* && $word == *=* ]] && cut=${word%=*}=
  COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}
complete -o default -F _hubdata hubdata
`

const zshCompletion = `#compdef hubdata
_hubdata() {
  local -a found
  found=("${(@f)$("${(Q)words[1]}" __complete "=${(Q)words[CURRENT]}" "${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then
    found=("${(@)found/$'\t'/:}")
    if [[ "${(@)found%%:*}" == *= ]]; then
      _describe hubdata found -S ''
    else
      _describe hubdata found
    fi
  else
    _files
  fi
}
[[ "$funcstack[1]" == _hubdata ]] && _hubdata "$@" || compdef _hubdata hubdata
`

const fishCompletion = `function __hubdata_complete
  set -l before (commandline -opc)
  set -l word (commandline -ct)
  set -l found ($before[1] __complete "=$word" $before[2..-1] 2>/dev/null)
  if test -n "$found[1]"
    printf '%s\n' $found
  else
    __fish_complete_path $word
  end
end
complete -c hubdata -f -a '(__hubdata_complete)'
`

const powershellCompletion = `Register-ArgumentCompleter -Native -CommandName hubdata -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -and $before.Count) { $before = @($before | Select-Object -SkipLast 1) }
  hubdata __complete "=$wordToComplete" @before 2>$null | ForEach-Object {
    $word, $meaning = $_ -split [char]9, 2
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
  }
}
`

// complete answers to completeWord.
func complete(c *ui.Console, words []string) {
	if len(words) == 0 {
		return
	}
	word, before := strings.TrimPrefix(words[0], "="), words[1:]
	app := newApp(c)
	cmd, n := commandOf(app, before)
	offer := func(name, meaning string) {
		if strings.HasPrefix(name, word) {
			ui.Fprintf(c.Out, "%s\t%s\n", name, meaning)
		}
	}
	choose := func(flag cli.Flag, prefix string) {
		if f, ok := flag.(flags.Choosing); ok {
			for _, choice := range f.Choices(before[n:]) {
				offer(prefix+choice.Value, choice.Meaning)
			}
		}
	}
	named := func(name string) cli.Flag {
		i := slices.IndexFunc(cmd.VisibleFlags(), func(f cli.Flag) bool {
			h := newHelpFlag(f)
			return h.value != "" && slices.Contains(h.names, name)
		})
		if i < 0 {
			return nil
		}
		return cmd.VisibleFlags()[i]
	}
	if len(before) > n {
		if flag := named(before[len(before)-1]); flag != nil {
			choose(flag, "")
			return
		}
	}
	if name, _, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "-") {
		choose(named(name), name+"=")
		return
	}
	switch {
	case strings.HasPrefix(word, "-"):
		all := append(helpFlags(cmd.VisibleFlags()), helpFlag{names: []string{"--help"}, text: "print the help of the command"})
		for _, f := range all {
			offer(f.names[len(f.names)-1], f.text)
		}
	case len(before) > n:
	case cmd.Name == helpName:
		for _, below := range app.VisibleCommands() {
			offer(below.Name, below.Usage)
		}
	case cmd.Name == completionName:
		for _, shell := range shells {
			offer(shell.name, "")
		}
	default:
		for _, below := range cmd.VisibleCommands() {
			offer(below.Name, below.Usage)
		}
	}
}

const completionName = "completion"

// shells are those that completion knows.
var shells = []struct{ name, script string }{
	{"bash", bashCompletion},
	{"zsh", zshCompletion},
	{"fish", fishCompletion},
	{"powershell", powershellCompletion},
}

func completionCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        completionName,
		Usage:       "print a script that completes commands in a shell",
		UsageText:   "SHELL",
		Description: completionHelp,
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() > 1 {
				return ui.Usagef("completion takes one shell, found %q", ctx.Args().Slice())
			}
			var names []string
			for _, shell := range shells {
				if shell.name == ctx.Args().First() {
					c.Out.WriteString(shell.script)
					return nil
				}
				names = append(names, shell.name)
			}
			return ui.Usagef("completion: %q is not one of %s", ctx.Args().First(), strings.Join(names, ", "))
		},
	}
}
