// Renders a chart as `helm template` does, where there is no Helm: text/template, the functions of Sprig, and those that
// Helm adds to them. Known to be missing: subcharts, hooks, all of `.Files` but Get, TOML, and a cluster to look things up in.
//
//	renderer CHART < {"release": {"Name": …, "Namespace": …}, "values": {…}}
//
// It prints {"rendered": {"<template>": "<text>"}, "values": {…}}, or ends with 1 and the reason.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type dict = map[string]interface{}

type request struct {
	Release dict `json:"release"`
	Values  dict `json:"values"`
}

func main() {
	rendered, err := render(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(rendered)
}

func render(chart string) (dict, error) {
	asked := request{}
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, err
	}
	values, described := dict{}, dict{}
	if err := readYaml(filepath.Join(chart, "values.yaml"), &values); err != nil {
		return nil, err
	}
	if err := readYaml(filepath.Join(chart, "Chart.yaml"), &described); err != nil {
		return nil, err
	}
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(functions(all))
	templates, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		return nil, err
	}
	for _, file := range templates {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if _, err := all.New(filepath.Base(file)).Parse(string(text)); err != nil {
			return nil, err
		}
	}
	values = over(values, asked.Values)
	release := over(dict{"Service": "Helm", "IsInstall": true, "IsUpgrade": false, "Revision": 1}, asked.Release)
	rendered := map[string]string{}
	for _, file := range templates {
		name := filepath.Base(file)
		if strings.HasPrefix(name, "_") {
			continue
		}
		text := strings.Builder{}
		context := dict{
			"Values":   over(values, dict{}),
			"Chart":    capitalised(described),
			"Release":  release,
			"Files":    files(chart),
			"Template": dict{"Name": "templates/" + name, "BasePath": "templates"},
		}
		if err := all.ExecuteTemplate(&text, name, context); err != nil {
			return nil, err
		}
		rendered[name] = strings.ReplaceAll(text.String(), "<no value>", "")
	}
	return dict{"rendered": rendered, "values": values}, nil
}

func readYaml(file string, into *dict) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, into)
}

// Files of the chart beside its templates.
type files string

// Get returns ” for one that is not there, as Helm does.
func (chart files) Get(name string) string {
	text, err := os.ReadFile(filepath.Join(string(chart), name))
	if err != nil {
		return ""
	}
	return string(text)
}

// As Helm lays a user's values over those of the chart: maps are merged, all else is replaced, null takes a key away.
func over(base dict, top dict) dict {
	merged := dict{}
	for key, value := range base {
		merged[key] = value
	}
	for key, value := range top {
		before, isMap := merged[key].(dict)
		if after, isToo := value.(dict); isMap && isToo {
			merged[key] = over(before, after)
		} else if value == nil {
			delete(merged, key)
		} else {
			merged[key] = value
		}
	}
	return merged
}

// Helm hands templates a struct: .Chart.AppVersion is `appVersion` of Chart.yaml.
func capitalised(fields dict) dict {
	named := dict{}
	for key, value := range fields {
		named[strings.ToUpper(key[:1])+key[1:]] = value
	}
	return named
}

// The names and behaviours of Helm's pkg/engine/funcs.go and engine.go.
func functions(all *template.Template) template.FuncMap {
	known := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv"} {
		delete(known, name)
	}
	known["getHostByName"] = func(string) string { return "" }
	known["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(string(text), "\n")
	}
	known["fromYaml"] = func(text string) dict {
		value := dict{}
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			value["Error"] = err.Error()
		}
		return value
	}
	known["fromYamlArray"] = func(text string) []interface{} {
		value := []interface{}{}
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return []interface{}{err.Error()}
		}
		return value
	}
	known["toJson"] = func(value interface{}) string {
		text, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(text)
	}
	known["fromJson"] = func(text string) dict {
		value := dict{}
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			value["Error"] = err.Error()
		}
		return value
	}
	known["fromJsonArray"] = func(text string) []interface{} {
		value := []interface{}{}
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return []interface{}{err.Error()}
		}
		return value
	}
	known["include"] = func(name string, data interface{}) (string, error) {
		text := strings.Builder{}
		err := all.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	known["tpl"] = func(text string, data interface{}) (string, error) {
		copied, err := all.Clone()
		if err != nil {
			return "", err
		}
		parsed, err := copied.New("tpl").Parse(text)
		if err != nil {
			return "", err
		}
		out := strings.Builder{}
		err = parsed.Execute(&out, data)
		return strings.ReplaceAll(out.String(), "<no value>", ""), err
	}
	known["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	known["fail"] = func(message string) (string, error) { return "", errors.New(message) }
	known["lookup"] = func(string, string, string, string) dict { return dict{} }
	return known
}
