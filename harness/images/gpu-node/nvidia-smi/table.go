package main

import (
	"fmt"
	"strings"
	"time"
)

const used = 1 // MiB of an idle GPU

var now = time.Now

const (
	rule  = "+-----------------------------------------------------------------------------------------+"
	three = "+-----------------------------------------+------------------------+----------------------+"
)

// watts is what an idle GPU draws.
func watts(one gpu) string {
	if one.Memory < 20000 {
		return "9"
	}
	return "68"
}

// cap is the most that a GPU may draw.
func limit(one gpu) string {
	switch one.Compute {
	case "7.5":
		return "70"
	case "8.0":
		return "400"
	}
	return "700"
}

func printTable(found node, at time.Time) {
	fmt.Println(at.Format("Mon Jan _2 15:04:05 2006") + "       ")
	fmt.Println(rule)
	fmt.Printf("| NVIDIA-SMI %-22s Driver Version: %-14s CUDA Version: %-8s |\n", found.Driver, found.Driver, found.CUDA)
	fmt.Println(three)
	fmt.Println("| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |")
	fmt.Println("| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |")
	fmt.Println("|                                         |                        |               MIG M. |")
	fmt.Println("|=========================================+========================+======================|")
	for _, one := range found.GPUs {
		share := utilisation(one) + "%"
		ecc := "0"
		if one.Partitioned {
			share, ecc = "N/A", "On"
		}
		name := one.Name
		if len(name) > 24 {
			name = name[:21] + "..."
		}
		fmt.Printf("|%4d  %-26s %6s  |   %s Off | %20s |\n", one.Index, name, "On", one.Bus, ecc)
		fmt.Printf("| N/A   30C    P0 %14sW / %4sW | %10s / %9s | %7s %12s |\n", watts(one), limit(one),
			fmt.Sprintf("%dMiB", used), fmt.Sprintf("%dMiB", one.Memory), share, "Default")
		fmt.Printf("|                                         |                        | %20s |\n", strings.Trim(mode(one), "[]"))
		fmt.Println(three)
	}
	printParts(found)
	fmt.Println()
	fmt.Println(rule)
	fmt.Println("| Processes:                                                                              |")
	fmt.Println("|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |")
	fmt.Println("|        ID   ID                                                               Usage      |")
	fmt.Println("|=========================================================================================|")
	fmt.Println("|  No running processes found                                                             |")
	fmt.Println(rule)
}

func printParts(found node) {
	const columns = "+------------------+----------------------------------+-----------+-----------------------+"
	first := true
	for _, one := range found.GPUs {
		for number, part := range one.MIG {
			if first {
				first = false
				fmt.Println()
				fmt.Println(rule)
				fmt.Println("| MIG devices:                                                                            |")
				fmt.Println(columns)
				fmt.Println("| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|        Shared         |")
				fmt.Println("|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |")
				fmt.Println("|                  |                                  |        ECC|                       |")
				fmt.Println("|==================+==================================+===========+=======================|")
			}
			memory := fmt.Sprintf("%dMiB / %5dMiB", used, part.Slice.Memory)
			fmt.Printf("|%3d %4d %3d %3d  | %30s   | %2d      0 | %2d   0 %4d    0 %4d |\n", one.Index, part.GI, 0, number,
				memory, part.Slice.Multiprocessors, part.Slice.Copy, part.Slice.Decoder, part.Slice.JPEG)
			fmt.Println(columns)
		}
	}
}
