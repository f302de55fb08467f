#!/bin/bash
# One element of the array for each line of inputs.txt: sbatch --array=1-$(wc -l <inputs.txt) slurm.sh
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=00:05:00
set -euo pipefail
input=$(sed -n "${SLURM_ARRAY_TASK_ID}p" inputs.txt)
exec swasm-sandbox run --policy strict --memory 512MiB --timeout 4m --dir "$PWD/data:ro" \
  words.wasm "$input" >"results/$SLURM_ARRAY_TASK_ID.txt"
