# bash completion for mctpctl. Load it with: source <(mctpctl completion bash)

_mctpctl_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# Names that only the daemon knows; silence when it does not answer.
_mctpctl_ask() {
  _mctpctl_words "$(timeout 2 mctpctl "${bus_options[@]}" completion "$1" 2>/dev/null)"
  # Readline splits words at colons, so a NET:EID is offered without the part that is typed already.
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$current"; fi
}

_mctpctl() {
  local current previous verb="" sub="" position=0 word i
  local -a bus_options=()
  local globals="--session --address --json --no-color --timeout --verbose --help"
  local types="control pldm nc-si ethernet nvme-mi spdm secured cxl-fm cxl-cci pcie-mi vendor-pci vendor-iana"
  COMPREPLY=()
  if declare -F _get_comp_words_by_ref >/dev/null; then
    local words cword
    _get_comp_words_by_ref -n : -c current -p previous -w words -i cword
  else
    local words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    current=${words[cword]}
    previous=${words[cword - 1]}
  fi

  for ((i = 1; i < cword; i++)); do
    word=${words[i]}
    case $word in
      --session) bus_options+=("$word") ;;
      --address) bus_options+=("$word" "${words[i + 1]}"); i=$((i + 1)) ;;
      --timeout | --type | -t | --network | -n | --eid | -e | --pool | -p | --link | -l | --via | -g | --mtu | -m | --socket | --controller | -c | --length | --lladdr | -a | --speed | -s)
        i=$((i + 1)) ;;
      -*) ;;
      *)
        if [ -z "$verb" ]; then verb=$word
        else
          position=$((position + 1))
          if [ "$position" -eq 1 ]; then sub=$word; fi
        fi ;;
    esac
  done

  case $previous in
    --type | -t) _mctpctl_words "$types"; return ;;
    --link | -l) _mctpctl_ask links; return ;;
    --address | --timeout | --network | -n | --eid | -e | --pool | -p | --via | -g | --mtu | -m | --socket | --controller | -c | --length | --lladdr | -a | --speed | -s) return ;;
  esac

  case $verb:$current in
    :-*) _mctpctl_words "$globals --version"; return ;;
    :*)
      _mctpctl_words "tree list show scan setup assign learn remove recover mtu link addr route neigh rescan nvme req capture sim completion help"
      return ;;
    list:-*) _mctpctl_words "--network $globals"; return ;;
    link:-*)
      case $sub in
        set) _mctpctl_words "--up --down --network --mtu $globals" ;;
        serial) _mctpctl_words "--speed $globals" ;;
        role) _mctpctl_words "$globals" ;;
        *) _mctpctl_words "--kernel $globals" ;;
      esac
      return ;;
    addr:-* | neigh:-*)
      case $verb:$sub in
        neigh:add) _mctpctl_words "--link --lladdr $globals" ;;
        *:add | *:del) _mctpctl_words "--link $globals" ;;
        *) _mctpctl_words "--network --kernel $globals" ;;
      esac
      return ;;
    scan:-*) _mctpctl_words "--type --network --watch $globals"; return ;;
    nvme:-*) _mctpctl_words "--network --controller --length $globals"; return ;;
    capture:-*) _mctpctl_words "--link --socket $globals"; return ;;
    req:-*) _mctpctl_words "--ic $globals"; return ;;
    assign:-*) _mctpctl_words "--eid --pool $globals"; return ;;
    route:-*) _mctpctl_words "--link --via --mtu --network --kernel $globals"; return ;;
    *:-*) _mctpctl_words "$globals"; return ;;
  esac

  case $verb:$position in
    show:0 | remove:0 | recover:0 | mtu:0 | req:0) _mctpctl_ask endpoints ;;
    nvme:0) _mctpctl_words "list info health identify log" ;;
    nvme:1) if [ "$sub" != list ]; then _mctpctl_ask endpoints; fi ;;
    req:1) _mctpctl_words "$types" ;;
    setup:0 | assign:0 | learn:0) _mctpctl_ask links ;;
    link:0) _mctpctl_words "list show role set serial" ;;
    link:1)
      case $sub in
        serial) COMPREPLY=($(compgen -f -- "$current")) ;;
        list) ;;
        *) _mctpctl_ask links ;;
      esac ;;
    link:2) if [ "$sub" = role ]; then _mctpctl_words "bus-owner endpoint unknown"; fi ;;
    addr:0 | route:0 | neigh:0) _mctpctl_words "list add del" ;;
    sim:0 | capture:0) COMPREPLY=($(compgen -f -- "$current")) ;;
    completion:0) _mctpctl_words "bash" ;;
  esac
}

complete -F _mctpctl mctpctl
