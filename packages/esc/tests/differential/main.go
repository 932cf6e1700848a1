// Evaluates ESC documents with the reference evaluator: JSON lines in, JSON lines out, one answer per request.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/eval"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/syntax"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"gopkg.in/yaml.v3"
)

// request is a document with the environments that it may import.
type request struct {
	Name         string            `json:"name"`
	Text         string            `json:"text"`
	Environments map[string]string `json:"environments"`
	// Mode is "check", "show-secrets" (a check that decrypts), "open" or "rotate".
	Mode string `json:"mode"`
	// Paths of the secrets to rotate; empty for all.
	Paths []string `json:"paths"`
	// Runs, if set, asks for the time of that many evaluations instead of a result.
	Runs int `json:"runs"`
}

type answer struct {
	Environment *esc.Environment `json:"environment,omitempty"`
	Diagnostics []diagnostic     `json:"diagnostics"`
	Rotations   []rotation       `json:"rotations,omitempty"`
	// Patched is the document with the new states in it.
	Patched string `json:"patched,omitempty"`
	// Panic is set when the reference itself crashed.
	Panic        string  `json:"panic,omitempty"`
	Milliseconds float64 `json:"milliseconds,omitempty"`
}

type diagnostic struct {
	Range    *sourceRange `json:"range,omitempty"`
	Summary  string       `json:"summary"`
	Path     string       `json:"path,omitempty"`
	Severity string       `json:"severity"`
}

type rotation struct {
	Path        string     `json:"path"`
	Status      string     `json:"status"`
	Error       string     `json:"error,omitempty"`
	StatePath   string     `json:"statePath,omitempty"`
	Replacement *esc.Value `json:"replacement,omitempty"`
}

type sourceRange struct {
	Environment string   `json:"environment"`
	Begin       position `json:"begin"`
	End         position `json:"end"`
}

type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
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
		line, err := json.Marshal(respond(r))
		if err != nil {
			line, _ = json.Marshal(answer{Panic: "the result has no JSON form: " + err.Error()})
		}
		os.Stdout.Write(append(line, '\n'))
	}
}

func respond(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Panic: fmt.Sprint(p)}
		}
	}()
	if r.Runs > 0 {
		start := time.Now()
		for range r.Runs {
			evaluate(r)
		}
		return answer{Milliseconds: float64(time.Since(start).Nanoseconds()) / 1e6}
	}
	environment, rotated, diags := evaluate(r)
	a = answer{Environment: environment, Diagnostics: convert(diags), Rotations: convertRotations(rotated)}
	if patches := rotated.Patches(); len(patches) > 0 {
		a.Patched = patch(r.Text, patches)
	}
	return a
}

func evaluate(r request) (*esc.Environment, eval.RotationResult, syntax.Diagnostics) {
	ctx := context.Background()
	execContext, err := esc.NewExecContext(map[string]esc.Value{
		"pulumi": esc.NewValue(map[string]esc.Value{
			"user": esc.NewValue(map[string]esc.Value{"id": esc.NewValue("USER_123")}),
		}),
	})
	if err != nil {
		panic(err)
	}
	document, diags, err := eval.LoadYAMLBytes(r.Name, []byte(r.Text))
	if err != nil {
		panic(err)
	}
	var environment *esc.Environment
	var rotated eval.RotationResult
	var more syntax.Diagnostics
	switch r.Mode {
	case "rotate":
		paths := make([]resource.PropertyPath, len(r.Paths))
		for i, path := range r.Paths {
			if paths[i], err = resource.ParsePropertyPath(path); err != nil {
				panic(err)
			}
		}
		environment, rotated, more = eval.RotateEnvironment(
			ctx, r.Name, document, rot128{}, providers{}, environments(r.Environments), execContext, paths, eval.EvalOptions{})
	case "open":
		environment, more = eval.EvalEnvironment(
			ctx, r.Name, document, rot128{}, providers{}, environments(r.Environments), execContext, eval.EvalOptions{})
	default:
		environment, more = eval.CheckEnvironment(
			ctx, r.Name, document, rot128{}, providers{}, environments(r.Environments), execContext,
			r.Mode == "show-secrets", eval.EvalOptions{})
	}
	return environment, rotated, append(diags, more...)
}

// patch writes the new states into the document. Its layout is made plain first: the reference puts a new text into
// the style of the old one, and loses line breaks where that style cannot hold them.
func patch(text string, patches []*eval.Patch) string {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		panic(err)
	}
	clearStyles(&document)
	unstyled, err := yaml.Marshal(&document)
	if err != nil {
		panic(err)
	}
	patched, err := eval.ApplyValuePatches(unstyled, patches)
	if err != nil {
		panic(err)
	}
	return string(patched)
}

func clearStyles(node *yaml.Node) {
	node.Style = 0
	if node.Tag == "!!merge" { // a text, as everywhere but in a key
		node.Tag = "!!str"
	}
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, inner := range node.Content {
		clearStyles(inner)
	}
}

func convertRotations(result eval.RotationResult) []rotation {
	var converted []rotation
	for _, r := range result {
		c := rotation{Path: r.Path, Status: string(r.Status)}
		for _, d := range r.Diags {
			c.Error += d.Summary
		}
		if r.Patch != nil {
			c.StatePath, c.Replacement = r.Patch.DocPath, &r.Patch.Replacement
		}
		converted = append(converted, c)
	}
	return converted
}

func convert(diags syntax.Diagnostics) []diagnostic {
	converted := make([]diagnostic, 0, len(diags))
	for _, d := range diags {
		c := diagnostic{Summary: d.Summary, Path: d.Path, Severity: "error"}
		if d.Severity != 1 {
			c.Severity = "warning"
		}
		if d.Subject != nil {
			c.Range = &sourceRange{
				Environment: d.Subject.Filename,
				Begin:       position{d.Subject.Start.Line, d.Subject.Start.Column, d.Subject.Start.Byte},
				End:         position{d.Subject.End.Line, d.Subject.End.Column, d.Subject.End.Byte},
			}
		}
		converted = append(converted, c)
	}
	return converted
}
