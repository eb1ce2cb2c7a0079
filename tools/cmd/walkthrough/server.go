package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// server is a started Steward.
type server struct {
	base    string
	welcome string // path of a sign-in that works once
	cmd     *exec.Cmd
}

// start serves a data folder on a port of its own and waits for the address.
func start(program, data string) (*server, error) {
	s := &server{cmd: exec.Command(program, "serve", "--data", data, "--listen", "127.0.0.1:0")}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	links := make(chan string, 16)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, link, ok := strings.Cut(lines.Text(), "http://"); ok {
				links <- strings.TrimSpace(link)
			}
		}
	}()
	// The address comes first, and with a new installation a sign-in after it.
	for wait := time.After(30 * time.Second); s.welcome == ""; {
		select {
		case link := <-links:
			host, path, welcome := strings.Cut(link, "/")
			s.base = "http://" + host
			if welcome {
				s.welcome = "/" + path
			}
			wait = time.After(2 * time.Second)
			continue
		case <-wait:
		}
		break
	}
	if s.base == "" {
		s.stop()
		return nil, fmt.Errorf("%s printed no address", program)
	}
	return s, nil
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
}

var person = regexp.MustCompile(`(?m)^\s+(\w+)\s.*(/welcome/\S+)`)

// loadSample loads the sample organisation and returns the people's sign-ins.
func loadSample(program, data string) (map[string]string, error) {
	load := exec.Command(program, "demo", "load", "--data", data)
	var out bytes.Buffer
	load.Stdout, load.Stderr = &out, os.Stderr
	if err := load.Run(); err != nil {
		return nil, fmt.Errorf("load the sample organisation: %w", err)
	}
	links := map[string]string{}
	for _, m := range person.FindAllStringSubmatch(out.String(), -1) {
		links[m[1]] = m[2]
	}
	return links, nil
}
