package house

import "slices"

// Classes are the folders of the work classes in x/work/class; a test compares them with the disk.
var Classes = []string{"disk", "gpu", "radio"}

// Rules are the house's six rules of imports, those about code inside files aside (see source.go).
var Rules = slices.Concat(moduleRules, classRules(Classes), sidecarRules)

// classRules let no class know another, and the keeper know none but through the registration.
func classRules(classes []string) []Rule {
	var folders []string
	for _, c := range classes {
		folders = append(folders, "x/work/class/"+c+"/...")
	}
	rules := []Rule{
		{
			Name: "2: a work class never knows a keeper, its own module's included",
			From: []string{"x/work/class/..."},
			To:   []string{"x/work/keeper", "x/beacon/keeper", "x/device/keeper", "x/emissions/keeper"},
		},
		{
			Name: "2: the seam of work classes knows no class", From: []string{"x/work/class", "x/work/class/classtest"},
			To: append([]string{"x/work/class/all"}, folders...),
		},
		{
			Name: "2: the keeper knows work classes through their registration only", From: []string{"x/work/keeper"},
			To: folders, Direct: true,
		},
	}
	for i, c := range classes {
		rules = append(rules, Rule{
			Name: "2: work classes do not know each other: " + c, From: folders[i : i+1],
			To: append([]string{"x/work/class/all", "x/work/class/classtest"}, slices.Delete(slices.Clone(folders), i, i+1)...),
		})
	}
	return rules
}

var moduleRules = []Rule{
	{
		Name: "1: proofs are pure (no SDK, no generated code, only listed cryptography)",
		From: []string{"x/work/proof/..."},
		// The GPU class needs nothing beyond the standard library; a class that does lists its package here, with the
		// reason.
		Only: []string{
			// Radio: ed25519 batches under ZIP-215's rules, which the standard library does not have, and what that
			// package is made of.
			"github.com/oasisprotocol/curve25519-voi/...", "golang.org/x/crypto/...", "golang.org/x/sys/cpu",
		},
	},
	{
		Name:   "1: proofs touch no file, network, clock or randomness",
		From:   []string{"x/work/proof/..."},
		To:     []string{"os", "os/...", "net", "net/...", "time", "math/rand", "crypto/rand", "runtime", "unsafe", "syscall", "math"},
		Direct: true,
	},
	{
		Name: "1: evidence of hardware is pure (standard library only)",
		From: []string{"x/device/evidence/..."},
		Only: []string{},
	},
	{
		Name: "1: evidence of hardware touches no file, network, clock or randomness, and no parser whose taste follows the Go release",
		From: []string{"x/device/evidence/..."},
		To: []string{
			"os", "os/...", "net", "net/...", "time", "math/rand", "math/rand/...", "crypto/rand", "runtime", "unsafe", "syscall", "math",
			"crypto/x509", "crypto/x509/...", "encoding/asn1", "encoding/pem", "encoding/json", "reflect",
		},
		Direct: true,
	},
	{
		Name:   "2: beacon and device know nobody above them",
		From:   []string{"x/beacon/...", "x/device/..."},
		Except: []string{"x/work/proof/..."},
		To:     []string{"x/work/...", "x/emissions/...", "app/..."},
	},
	{
		Name: "2: work does not know emissions",
		From: []string{"x/work/..."},
		To:   []string{"x/emissions/...", "app/..."},
	},
	{
		Name: "2: emissions does not know the app",
		From: []string{"x/emissions/..."},
		To:   []string{"app/..."},
	},
	{
		Name: "2: beacon and device do not know each other's keeper", From: []string{"x/beacon/keeper"},
		To: []string{"x/device/keeper", "x/work/keeper", "x/emissions/keeper"},
	},
	{
		Name: "2: work's keeper knows other keepers by interface only", From: []string{"x/work/keeper"},
		To: []string{"x/beacon/keeper", "x/device/keeper", "x/emissions/keeper"},
	},
	{
		Name: "2: emissions' keeper knows other keepers by interface only", From: []string{"x/emissions/keeper"},
		To: []string{"x/beacon/keeper", "x/device/keeper", "x/work/keeper"},
	},
	{
		Name: "2: device's keeper knows other keepers by interface only", From: []string{"x/device/keeper"},
		To: []string{"x/beacon/keeper", "x/work/keeper", "x/emissions/keeper"},
	},
}

var sidecarRules = []Rule{
	{
		Name: "3: the chain does not depend on its sidecar or on hardware",
		From: []string{"app/...", "x/...", "cmd/jouled/..."},
		To:   []string{"sidecar/...", "cmd/joule-sidecar/...", "cmd/joule-devnet/...", "github.com/NVIDIA/go-nvml/...", "github.com/ebitengine/purego/..."},
		// The SDK's keyring reaches purego on its own.
		Except: []string{"github.com/ebitengine/purego/..."},
	},
	{
		Name: "4: the sidecar uses types and proofs, never keepers or the app",
		From: []string{"sidecar/...", "cmd/joule-sidecar/..."},
		To:   []string{"app/...", "x/beacon/keeper", "x/device/keeper", "x/work/keeper", "x/emissions/keeper"},
	},
	{
		Name: "5: scheduler, spool, submitter and metrics know workers by interface only",
		From: []string{"sidecar/scheduler", "sidecar/spool", "sidecar/submitter", "sidecar/metrics", "sidecar/worker"},
		To:   []string{"sidecar/gpu/...", "sidecar/gpuworker/...", "sidecar/disk/...", "sidecar/radio/...", "x/work/proof/..."},
		Except: []string{
			// x/work/types needs the proof's sizes and costs.
			"x/work/proof/...",
		},
	},
	{
		Name: "5: provers do not know each other: gpu", From: []string{"sidecar/gpu/...", "sidecar/gpuworker/..."},
		To: []string{"sidecar/disk/...", "sidecar/radio/..."},
	},
	{
		Name: "5: provers do not know each other: disk", From: []string{"sidecar/disk/..."},
		To: []string{"sidecar/gpu/...", "sidecar/gpuworker/...", "sidecar/radio/..."},
	},
	{
		Name: "5: provers do not know each other: radio", From: []string{"sidecar/radio/..."},
		To: []string{"sidecar/gpu/...", "sidecar/gpuworker/...", "sidecar/disk/..."},
	},
}
