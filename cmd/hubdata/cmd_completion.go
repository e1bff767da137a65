package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

const completionHelp = `Prints a script that completes commands and flags in SHELL: bash, zsh, fish or
powershell.

examples:
   source <(hubdata completion bash)
   hubdata completion zsh > "${fpath[1]}/_hubdata"
   hubdata completion fish > ~/.config/fish/completions/hubdata.fish
   hubdata completion powershell | Out-String | Invoke-Expression`

// The scripts ask the program itself, whose last argument then is
// --generate-bash-completion, for the words that may follow.
const bashCompletion = `_hubdata() {
  local cur="${COMP_WORDS[COMP_CWORD]}" ask
  ask=("${COMP_WORDS[@]:0:COMP_CWORD}")
  [[ "$cur" == -* ]] && ask+=("$cur")
  COMPREPLY=($(compgen -W "$("${ask[@]}" --generate-bash-completion 2>/dev/null)" -- "$cur"))
  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _hubdata hubdata
`

const zshCompletion = `#compdef hubdata
_hubdata() {
  local cur="${words[CURRENT]}"
  local -a ask found
  ask=("${(@)words[1,CURRENT-1]}")
  [[ "$cur" == -* ]] && ask+=("$cur")
  found=("${(@f)$("${ask[@]}" --generate-bash-completion 2>/dev/null)}")
  [[ -n "${found[1]}" ]] && compadd -- "${found[@]%%:*}"
  _files
}
[[ "$funcstack[1]" == _hubdata ]] && _hubdata "$@" || compdef _hubdata hubdata
`

const powershellCompletion = `Register-ArgumentCompleter -Native -CommandName hubdata -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $ask = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -and -not $wordToComplete.StartsWith('-') -and $ask.Count) { $ask = @($ask | Select-Object -SkipLast 1) }
  hubdata @ask --generate-bash-completion 2>$null | Where-Object { $_ -like "$wordToComplete*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`

func completionCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Usage:       "print a script that completes commands in a shell",
		UsageText:   "SHELL",
		Description: completionHelp,
		BashComplete: func(ctx *cli.Context) {
			fmt.Fprintln(ctx.App.Writer, "bash\nfish\npowershell\nzsh")
		},
		Action: func(ctx *cli.Context) error {
			switch shell := ctx.Args().First(); {
			case ctx.NArg() > 1:
				return usagef("completion takes one shell, got %q", ctx.Args().Slice())
			case shell == "bash":
				c.out.WriteString(bashCompletion)
			case shell == "zsh":
				c.out.WriteString(zshCompletion)
			case shell == "powershell":
				c.out.WriteString(powershellCompletion)
			case shell == "fish":
				text, err := ctx.App.ToFishCompletion()
				if err != nil {
					return err
				}
				c.out.WriteString(text)
			default:
				return usagef("completion: %q is not one of bash, zsh, fish, powershell", shell)
			}
			return nil
		},
	}
}
