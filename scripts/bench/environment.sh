# environment NAME PACKAGE…: a Python environment in $work/NAME with these packages, made once; says so, and why when it cannot.
# Sets $python. Wants $work. To be sourced.
environment() {
  local folder=$work/$1
  shift
  python=$folder/bin/python
  [ -f "$folder/ready" ] && return
  echo "making a Python environment in $folder: $*" >&2
  mkdir -p "$work"
  if ! python3 -m venv "$folder" >"$folder.log" 2>&1; then
    tail -n 5 "$folder.log" >&2
    echo "python3 cannot make an environment: on Debian, apt-get install python3-venv." >&2
    exit 1
  fi
  "$python" -m pip install --quiet --disable-pip-version-check "$@"
  touch "$folder/ready"
}
