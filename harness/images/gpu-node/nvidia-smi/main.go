// nvidia-smi for containers on a node with fake GPUs: it shows the devices that the container was given, and no others.
//
// It is a static program without dependencies because the device plugin mounts it into images that may have neither a
// shell nor a C library. Source of the forms: NVIDIA's nvidia-smi documentation and its output on driver 580.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

var devices = "/usr/lib/nvidia/devices.json"

type mig struct {
	UUID  string `json:"uuid"`
	GI    int    `json:"gi"`
	Slice struct {
		Name            string `json:"name"`
		Memory          int    `json:"memory"`
		Multiprocessors int    `json:"multiprocessors"`
		Copy            int    `json:"copy"`
		Decoder         int    `json:"decoder"`
		JPEG            int    `json:"jpeg"`
	} `json:"slice"`
}

type gpu struct {
	Index       int
	UUID        string `json:"uuid"`
	Name        string `json:"name"`
	Memory      int    `json:"memory"`
	Bus         string `json:"bus"`
	Compute     string `json:"compute"`
	Partitioned bool   `json:"partitioned"`
	MIG         []mig  `json:"mig"`
}

type node struct {
	Driver string `json:"driver"`
	CUDA   string `json:"cuda"`
	GPUs   []gpu  `json:"gpus"`
}

func main() {
	found, err := read(devices)
	if err != nil {
		fmt.Println("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. " +
			"Make sure that the latest NVIDIA driver is installed and running.")
		os.Exit(9)
	}
	os.Exit(run(found, os.Args[1:]))
}

// read returns the devices of this container, numbered from 0 as a container sees them.
func read(path string) (node, error) {
	var found node
	data, err := os.ReadFile(path)
	if err != nil {
		return found, err
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return found, err
	}
	for number := range found.GPUs {
		found.GPUs[number].Index = number
	}
	return found, nil
}

// run does what the arguments ask for and returns the exit code.
func run(found node, args []string) int {
	var fields, format, id string
	list := false
	for number := 0; number < len(args); number++ {
		name, value, inline := strings.Cut(args[number], "=")
		if !inline && number+1 < len(args) && (name == "-i" || name == "--id" || name == "--format" || name == "--query-gpu") {
			number++
			value = args[number]
		}
		switch name {
		case "-L", "--list-gpus":
			list = true
		case "-i", "--id":
			id = value
		case "--query-gpu":
			fields = value
		case "--format":
			format = value
		default:
			fmt.Printf("Invalid combination of input arguments: %s. This nvidia-smi knows -L, -i, --query-gpu and --format.\n", args[number])
			return 1
		}
	}
	if id != "" && !choose(&found, id) {
		fmt.Println("No devices were found")
		return 6
	}
	switch {
	case list:
		printList(found)
	case fields != "" || format != "":
		return printQuery(found, fields, format)
	default:
		printTable(found, time.Now())
	}
	return 0
}

// choose keeps the GPUs with these indices, UUIDs or bus ids.
func choose(found *node, ids string) bool {
	var kept []gpu
	for _, one := range found.GPUs {
		for _, id := range strings.Split(ids, ",") {
			if id == fmt.Sprint(one.Index) || id == one.UUID || strings.EqualFold(id, one.Bus) {
				kept = append(kept, one)
				break
			}
		}
	}
	found.GPUs = kept
	return len(kept) > 0
}

func printList(found node) {
	for _, one := range found.GPUs {
		fmt.Printf("GPU %d: %s (UUID: %s)\n", one.Index, one.Name, one.UUID)
		for number, part := range one.MIG {
			fmt.Printf("  MIG %-16sDevice %2d: (UUID: %s)\n", part.Slice.Name, number, part.UUID)
		}
	}
}
