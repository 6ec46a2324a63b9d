package main

import (
	"fmt"
	"strings"
)

// query holds, for each field, its unit and its value; aliases are those that nvidia-smi --help-query-gpu lists.
var query = map[string]struct {
	unit  string
	value func(node, gpu) string
}{
	"timestamp":                             {"", func(node, gpu) string { return now().Format("2006/01/02 15:04:05.000") }},
	"driver_version":                        {"", func(all node, _ gpu) string { return all.Driver }},
	"count":                                 {"", func(all node, _ gpu) string { return fmt.Sprint(len(all.GPUs)) }},
	"index":                                 {"", func(_ node, one gpu) string { return fmt.Sprint(one.Index) }},
	"name":                                  {"", func(_ node, one gpu) string { return one.Name }},
	"uuid":                                  {"", func(_ node, one gpu) string { return one.UUID }},
	"pci.bus_id":                            {"", func(_ node, one gpu) string { return one.Bus }},
	"compute_cap":                           {"", func(_ node, one gpu) string { return one.Compute }},
	"pstate":                                {"", func(node, gpu) string { return "P0" }},
	"persistence_mode":                      {"", func(node, gpu) string { return "Enabled" }},
	"mig.mode.current":                      {"", func(_ node, one gpu) string { return mode(one) }},
	"mig.mode.pending":                      {"", func(_ node, one gpu) string { return mode(one) }},
	"memory.total":                          {"MiB", func(_ node, one gpu) string { return fmt.Sprint(one.Memory) }},
	"memory.used":                           {"MiB", func(_ node, one gpu) string { return fmt.Sprint(used) }},
	"memory.free":                           {"MiB", func(_ node, one gpu) string { return fmt.Sprint(one.Memory - used) }},
	"utilization.gpu":                       {"%", func(_ node, one gpu) string { return utilisation(one) }},
	"utilization.memory":                    {"%", func(_ node, one gpu) string { return utilisation(one) }},
	"temperature.gpu":                       {"", func(node, gpu) string { return "30" }},
	"power.draw":                            {"W", func(_ node, one gpu) string { return watts(one) + ".00" }},
	"ecc.mode.current":                      {"", func(node, gpu) string { return "Enabled" }},
	"compute_mode":                          {"", func(node, gpu) string { return "Default" }},
	"clocks.current.sm":                     {"MHz", func(node, gpu) string { return "345" }},
	"accounting.mode":                       {"", func(node, gpu) string { return "Disabled" }},
	"display_active":                        {"", func(node, gpu) string { return "Disabled" }},
	"ecc.errors.uncorrected.volatile.total": {"", func(node, gpu) string { return "0" }},
}

var aliases = map[string]string{
	"gpu_name": "name", "gpu_uuid": "uuid", "gpu_bus_id": "pci.bus_id", "clocks.sm": "clocks.current.sm",
}

// mode tells of a GPU that cannot be partitioned apart from one that is not.
func mode(one gpu) string {
	if one.Partitioned {
		return "Enabled"
	}
	if strings.HasPrefix(one.Compute, "7.") {
		return "[N/A]"
	}
	return "Disabled"
}

// utilisation is not known of a partitioned GPU, as in the real program.
func utilisation(one gpu) string {
	if one.Partitioned {
		return "[N/A]"
	}
	return "0"
}

func printQuery(found node, fields, format string) int {
	kind, options, _ := strings.Cut(format, ",")
	if fields == "" || kind != "csv" {
		fmt.Println("\"--query-gpu=\" and \"--format=csv[,noheader][,nounits]\" belong together.")
		return 1
	}
	noheader, nounits := strings.Contains(options, "noheader"), strings.Contains(options, "nounits")
	names := strings.Split(fields, ",")
	heads := make([]string, len(names))
	for number, name := range names {
		names[number] = strings.TrimSpace(name)
		heads[number] = names[number]
		if plain, ok := aliases[names[number]]; ok {
			names[number] = plain
		}
		known, ok := query[names[number]]
		if !ok {
			fmt.Printf("Field \"%s\" is not a valid field to query.\n\n", heads[number])
			return 2
		}
		if known.unit != "" {
			heads[number] += " [" + known.unit + "]"
		}
	}
	if !noheader {
		fmt.Println(strings.Join(heads, ", "))
	}
	for _, one := range found.GPUs {
		values := make([]string, len(names))
		for number, name := range names {
			values[number] = query[name].value(found, one)
			if unit := query[name].unit; unit != "" && !nounits && !strings.HasPrefix(values[number], "[") {
				values[number] += " " + unit
			}
		}
		fmt.Println(strings.Join(values, ", "))
	}
	return 0
}
