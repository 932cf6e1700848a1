package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/eval"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/schema"
)

// rot128 is the cipher of the tests: it adds 128 to each byte.
type rot128 struct{}

func (rot128) Encrypt(_ context.Context, bytes []byte) ([]byte, error) { return rotate(bytes), nil }
func (rot128) Decrypt(_ context.Context, bytes []byte) ([]byte, error) { return rotate(bytes), nil }

func rotate(bytes []byte) []byte {
	rotated := make([]byte, len(bytes))
	for i, b := range bytes {
		rotated[i] = b + 128
	}
	return rotated
}

type environments map[string]string

func (e environments) LoadEnvironment(_ context.Context, name string) ([]byte, eval.Decrypter, error) {
	if text, ok := e[name]; ok {
		return []byte(text), rot128{}, nil
	}
	return nil, nil, fmt.Errorf("environment %q not found", name)
}

func (environments) AuthorizeImport(context.Context, string, string, bool) error { return nil }

type values = map[string]esc.Value

// provider answers with its inputs, as the function says.
type provider struct {
	inputs *schema.Schema
	open   func(inputs values) (esc.Value, error)
}

func (p provider) Schema() (*schema.Schema, *schema.Schema) { return p.inputs, schema.Always() }

func (p provider) Open(_ context.Context, inputs map[string]esc.Value, _ esc.EnvExecContext) (esc.Value, error) {
	return p.open(inputs)
}

// rotator has a state of the given schema and makes a new one as the function says.
type rotator struct {
	inputs, state *schema.Schema
	rotate        func(inputs, state values) (esc.Value, error)
}

func (r rotator) Schema() (*schema.Schema, *schema.Schema, *schema.Schema) {
	return r.inputs, r.state, r.state
}

func (rotator) Open(_ context.Context, _, state map[string]esc.Value, _ esc.EnvExecContext) (esc.Value, error) {
	return esc.NewValue(state), nil
}

func (r rotator) Rotate(_ context.Context, inputs, state map[string]esc.Value, _ esc.EnvExecContext) (esc.Value, error) {
	return r.rotate(inputs, state)
}

func rotators() map[string]rotator {
	pair := schema.Record(schema.BuilderMap{"a": schema.String(), "b": schema.String()}).Schema()
	history := schema.Object().Properties(schema.BuilderMap{
		"current": schema.Always(), "previous": schema.Always(),
	}).Required("current").Schema()
	next := schema.Object().Properties(schema.BuilderMap{"next": schema.Always()}).
		Required("next").RotateOnly("next").Schema()
	renew := func(secret bool) func(in, state values) (esc.Value, error) {
		return func(in, state values) (esc.Value, error) {
			return esc.Value{Value: values{"current": in["next"], "previous": state["current"]}, Secret: secret}, nil
		}
	}
	return map[string]rotator{
		// The halves of the state change places.
		"swap": {schema.Always(), pair, func(_, state values) (esc.Value, error) {
			return esc.NewValue(values{"a": state["b"], "b": state["a"]}), nil
		}},
		// The input becomes the state.
		"history":        {next, history, renew(false)},
		"secret-history": {next, history, renew(true)},
		// Every value is a state, null as well.
		"anything": {schema.Always(), schema.Always(), func(in, _ values) (esc.Value, error) {
			return esc.NewValue(in), nil
		}},
		"failing": {schema.Always(), schema.Always(), func(_, _ values) (esc.Value, error) {
			return esc.Value{}, errors.New("no")
		}},
	}
}

type providers struct{}

func (providers) LoadProvider(_ context.Context, name string) (esc.Provider, error) {
	switch name {
	case "test":
		return provider{schema.Always(), func(in values) (esc.Value, error) { return esc.NewValue(in), nil }}, nil
	case "secret-wrapper":
		return provider{schema.Always(), func(in values) (esc.Value, error) {
			return esc.Value{Value: in, Secret: true}, nil
		}}, nil
	case "error":
		why := schema.Record(schema.BuilderMap{"why": schema.String()}).Schema()
		return provider{why, func(in values) (esc.Value, error) {
			return esc.Value{}, errors.New(in["why"].Value.(string))
		}}, nil
	case "bench":
		return provider{schema.Always(), func(values) (esc.Value, error) { return esc.NewValue("0s"), nil }}, nil
	}
	return nil, fmt.Errorf("unknown provider %q", name)
}

func (providers) LoadRotator(_ context.Context, name string) (esc.Rotator, error) {
	if found, ok := rotators()[name]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("unknown rotator %q", name)
}
