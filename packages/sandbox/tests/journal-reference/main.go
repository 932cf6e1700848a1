// Plays journals on states with the engine's own replayer: JSON lines in, JSON lines out, one answer per request.
//
// Built in the module of `packages/worker-secrets/src/cli/engine/executable/build`, so that it is the replayer of the very engine that the tests run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// request is an update: the state that it began with, and what it reported.
type request struct {
	Base    *apitype.DeploymentV3  `json:"base"`
	Entries []apitype.JournalEntry `json:"entries"`
}

type answer struct {
	State *apitype.TypedDeployment `json:"state,omitempty"`
	// Refusal is set when the replayer refuses or crashes.
	Refusal string `json:"refusal,omitempty"`
}

func main() {
	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	for {
		var r request
		if err := in.Decode(&r); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		line, err := json.Marshal(replay(r))
		if err != nil {
			line, _ = json.Marshal(answer{Refusal: "the state has no JSON form: " + err.Error()})
		}
		os.Stdout.Write(append(line, '\n'))
	}
}

func replay(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Refusal: fmt.Sprint(p)}
		}
	}()
	base := r.Base
	if base == nil {
		base = &apitype.DeploymentV3{}
	}
	slices.SortFunc(r.Entries, func(a, b apitype.JournalEntry) int { return int(a.SequenceID - b.SequenceID) })
	replayer := backend.NewJournalReplayer(base)
	for _, entry := range r.Entries {
		if err := replayer.Add(entry); err != nil {
			return answer{Refusal: err.Error()}
		}
	}
	state, err := replayer.GenerateDeployment()
	if err != nil {
		return answer{Refusal: err.Error()}
	}
	return answer{State: &state}
}
