# Shell helpers for installing what is missing on Debian. Sourced.

# install_packages <package>... : installs those that are not there; as root, or with sudo.
install_packages() {
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "== Installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || { echo "Neither root nor sudo; please install: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  # The ${array[@]+...} form: bash before 4.4 takes an empty array for an unset variable.
  ${as_root[@]+"${as_root[@]}"} apt-get update -q < /dev/null
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    "${missing[@]}" < /dev/null
}

# phase <name> : prints the name, and how long the phase before took.
phase_name=
phase() {
  local now=$SECONDS
  [ -z "$phase_name" ] || echo "== $phase_name: $((now - phase_begin)) s"
  phase_name=$1 phase_begin=$now
  [ -z "$1" ] || echo "== $1"
}

# expected_isa : the best instruction set of this CPU that Tessera has kernels for, as the kernel reports it.
expected_isa() {
  local flags
  if [ "$(uname -m)" = aarch64 ]; then  # a 32-bit system may run on its kernel
    if [ "$(getconf LONG_BIT)" = 32 ]; then
      echo neon32
    elif [ "$(cat /proc/sys/abi/sve_default_vector_length 2> /dev/null)" = 32 ]; then  # bytes
      echo sve256
    else
      echo neon
    fi
    return
  fi
  flags=" $(grep -m1 -E '^(flags|Features)' /proc/cpuinfo | cut -d: -f2) "
  has() { local f; for f in "$@"; do [[ $flags == *" $f "* ]] || return 1; done; }
  if has avx2 fma f16c avx512f avx512dq avx512bw avx512vl; then
    echo avx512
  elif has avx2 fma f16c; then
    echo avx2
  elif has neon vfpv4; then
    echo neon32
  else
    echo baseline
  fi
}
