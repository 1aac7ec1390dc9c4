#!/usr/bin/env bash
# setup.sh [VERSION [SOURCE]]: makes the environment of exec.py in the folder `venv` beside this file.
#   checkout   SOURCE, or else the checkout that this file belongs to
#   1.2.3      that version from the package index
# AMLB's own Python may be too old. The first of these that is 3.11 or later is taken: PY_EXEC_PATH (AMLB's Python,
# unless setup_env of the framework's definition says otherwise), python3.13, python3.12, python3.11, python3.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
version="${1:-checkout}"
source="${2:-$here/../../../..}"

. "$here/.setup/setup_env"

python=""
for candidate in "$PY_EXEC_PATH" python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python="$candidate"
        break
    fi
done
if [[ -z "$python" ]]; then
    echo "Precedent needs Python 3.11 or later: put one on the PATH, or name it in frameworks.yaml:" \
        "setup_env: {PY_EXEC_PATH: /path/to/python3.11}" >&2
    exit 1
fi

if [[ "$version" != "checkout" ]]; then
    package="precedent-automl[parquet]==$version"
elif [[ -f "$source/pyproject.toml" ]]; then
    package="$(cd "$source" && pwd -P)[parquet]"
else
    echo "$source is no checkout of Precedent: name one in frameworks.yaml: setup_args: [checkout, /path/to/it]" >&2
    exit 1
fi

"$python" -m venv --clear "$here/venv"
"$here/venv/bin/python" -m pip install --disable-pip-version-check --no-cache-dir "$package"
# AMLB's results name the first line as the version.
"$here/venv/bin/python" -c 'from importlib.metadata import version; print(version("precedent-automl"))' \
    >>"$here/.setup/installed"
