#!/bin/bash
# A job of Slurm that goes on from its checkpoint where its time is up, or a machine has failed:
#
#     sbatch examples/distributed/slurm.sh build/release/bin/cnn_autoencoder --shards 16
#
# A minute before its time is up the processes get SIGTERM, write a checkpoint and end; then the job is put into the
# queue again, 20 times at most, as Slurm itself does when a machine fails. In reproducible mode, with --shards, another
# number of tasks goes on to the same bits.

#SBATCH --job-name=latent
#SBATCH --ntasks=16
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append

export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" --kill-on-bad-exit=1 "$@" --resume && exit
[ "${SLURM_RESTART_COUNT:-0}" -lt 20 ] && scontrol requeue "$SLURM_JOB_ID"
