package main

import (
	"bufio"
	"cmp"
	"context"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

func userCommand() command {
	return command{
		name: "user", summary: "add people who may sign in",
		help: `Usage: steward user add --data DIR --login NAME --name "FULL NAME" --role ROLE[,ROLE…] [--email ADDRESS] [--lang de] [--password-stdin] [--json]

Prints a one-time sign-in unless a password is given on standard input.

Example: steward user add --login helena --name "Helena Lindqvist" --role mis-manager`,
		run: runUser,
	}
}

func runUser(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 || args[0] != "add" {
		return wrongUse("say `steward user add …`; see --help")
	}
	fs := newFlags("user add")
	at := placeFlags(fs)
	login := fs.String("login", "", "name to sign in with")
	name := fs.String("name", "", "full name")
	role := fs.String("role", access.Employee, "roles, separated by commas")
	email := fs.String("email", "", "e-mail address")
	lang := fs.String("lang", "", "en, de, sv, pl or hu")
	stdin := fs.Bool("password-stdin", false, "read the password from standard input")
	asJSON := fs.Bool("json", false, "answer as JSON")
	if rest, err := parse(fs, args[1:]); err != nil || len(rest) > 0 {
		return cmp.Or(err, wrongUse("user add takes flags only; put names with blanks in quotes"))
	}
	if *login == "" {
		return wrongUse("give the name to sign in with: --login")
	}
	if *name == "" {
		*name = *login
	}
	password := ""
	if *stdin {
		line, err := bufio.NewReader(s.in).ReadString('\n')
		if password = strings.TrimRight(line, "\r\n"); password == "" {
			return wrongUse("no password on standard input: %v", err)
		}
		if err := signin.CheckPassword(*login, password); err != nil {
			return err
		}
	}
	p, err := at.open(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	link := ""
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "command"
		person := &org.Person{Name: *name}
		if *email != "" {
			person.Email = records.Some(*email)
		}
		if *lang != "" {
			person.Lang = records.Some(*lang)
		}
		if err := org.Persons.Create(u, person); err != nil {
			return err
		}
		if err := newAccount(u, string(person.ID), *login, password, strings.Split(*role, ",")); err != nil {
			return err
		}
		if password == "" {
			link, err = signin.CreateLink(u, string(person.ID), 7*24*time.Hour)
		}
		return err
	})
	if err != nil {
		return err
	}
	text := *login + " may sign in.\n"
	if link != "" {
		link = "/welcome/" + link
		text += "One-time sign-in, within 7 days: " + link + "\n"
	}
	return told(s.out, *asJSON, struct {
		Login string `json:"login"`
		Link  string `json:"link,omitempty"`
	}{*login, link}, "%s", text)
}
