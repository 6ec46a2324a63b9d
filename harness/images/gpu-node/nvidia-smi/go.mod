module breakfix/nvidia-smi

go 1.26
