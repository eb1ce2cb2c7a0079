package host

import (
	"context"
	"path"
	"strings"

	"steward/collect/fact"
	"steward/collect/protection/antivirus"
	"steward/collect/protection/firewall"
)

func (c *collection) antivirus(ctx context.Context) {
	versions := map[string]string{}
	for _, p := range c.inv.Packages.Value {
		versions[p.Name] = p.Version
	}
	found, gaps := antivirus.Find(ctx, c.Machine, antivirus.State{
		Running:   func(names ...string) bool { return c.running(names...) != nil },
		Installed: func(name string) (string, bool) { v, ok := versions[name]; return v, ok },
	})
	c.inv.Antivirus = fact.Saw(found, gaps...)
}

func (c *collection) firewalls(ctx context.Context) {
	sets, gaps := firewall.Read(ctx, c.Machine)
	c.inv.Firewalls = Firewalls(sets, gaps)
}

// Firewalls are rule sets in short, as an inventory has them.
func Firewalls(sets []firewall.Set, gaps []fact.Gap) fact.Section[[]fact.Firewall] {
	section := fact.Saw([]fact.Firewall{}, gaps...)
	for _, s := range sets {
		f := fact.Firewall{Product: s.Product, Version: s.Version, On: s.On, Default: s.Default, Profile: s.Profile, Rules: new(len(s.Rules))}
		if strings.HasPrefix(s.Source, "ip6tables") {
			f.Profile = "ipv6"
		}
		section.Value = append(section.Value, f)
	}
	if len(sets) == 0 && len(gaps) > 0 {
		section.Seen = false
		section.Value = nil
	}
	return section
}

// servers are the programs that are recognised, by their processes and packages.
// A package name that ends in * stands for all that begin so.
var servers = []struct {
	kind, product string
	processes     []string
	packages      []string
}{
	{"database", "postgresql", []string{"postgres", "postmaster"}, []string{"postgresql-server", "postgresql", "postgresql1*-server"}},
	{"database", "mariadb", []string{"mariadbd"}, []string{"mariadb-server", "mariadb-server-*", "mariadb"}},
	{"database", "mysql", []string{"mysqld"}, []string{"mysql-server", "mysql-server-*", "mysql-community-server"}},
	{"database", "mongodb", []string{"mongod", "mongos"}, []string{"mongodb-org-server", "mongodb-server"}},
	{"database", "sqlserver", []string{"sqlservr"}, []string{"mssql-server"}},
	{"database", "oracle", []string{"tnslsnr", "ora_pmon"}, nil},
	{"database", "clickhouse", []string{"clickhouse-server", "clickhouse-serv"}, []string{"clickhouse-server"}},
	{"database", "influxdb", []string{"influxd"}, []string{"influxdb", "influxdb2"}},
	{"database", "elasticsearch", nil, []string{"elasticsearch"}},
	{"database", "opensearch", nil, []string{"opensearch"}},
	{"database", "cassandra", nil, []string{"cassandra"}},
	{"database", "couchdb", nil, []string{"couchdb"}},
	{"database", "firebird", []string{"firebird"}, []string{"firebird3.0-server", "firebird4.0-server"}},
	{"cache", "redis", []string{"redis-server"}, []string{"redis-server", "redis"}},
	{"cache", "valkey", []string{"valkey-server"}, []string{"valkey-server", "valkey"}},
	{"cache", "memcached", []string{"memcached"}, []string{"memcached"}},
	{"web", "apache", []string{"apache2", "httpd"}, []string{"apache2", "httpd"}},
	{"web", "nginx", []string{"nginx"}, []string{"nginx", "nginx-core"}},
	{"web", "caddy", []string{"caddy"}, []string{"caddy"}},
	{"web", "lighttpd", []string{"lighttpd"}, []string{"lighttpd"}},
	{"web", "tomcat", nil, []string{"tomcat*"}},
	{"web", "iis", []string{"w3wp.exe"}, nil},
	{"proxy", "haproxy", []string{"haproxy"}, []string{"haproxy"}},
	{"proxy", "traefik", []string{"traefik"}, []string{"traefik"}},
	{"proxy", "squid", []string{"squid"}, []string{"squid"}},
	{"proxy", "envoy", []string{"envoy"}, nil},
	{"mail", "postfix", []string{"master"}, []string{"postfix"}},
	{"mail", "exim", []string{"exim4", "exim"}, []string{"exim4-daemon-light", "exim4-daemon-heavy", "exim"}},
	{"mail", "dovecot", []string{"dovecot"}, []string{"dovecot-core", "dovecot"}},
	{"directory", "openldap", []string{"slapd"}, []string{"slapd", "openldap-servers"}},
	{"directory", "samba", []string{"smbd", "samba"}, []string{"samba"}},
	{"directory", "freeipa", nil, []string{"ipa-server"}},
	{"dns", "bind", []string{"named"}, []string{"bind9", "bind"}},
	{"dns", "unbound", []string{"unbound"}, []string{"unbound"}},
	{"dns", "dnsmasq", []string{"dnsmasq"}, []string{"dnsmasq"}},
	{"queue", "rabbitmq", nil, []string{"rabbitmq-server"}},
	{"queue", "mosquitto", []string{"mosquitto"}, []string{"mosquitto"}},
	{"queue", "kafka", nil, []string{"kafka"}},
	{"container", "docker", []string{"dockerd"}, []string{"docker-ce", "docker.io", "moby-engine"}},
	{"container", "kubernetes", []string{"kubelet", "k3s"}, []string{"kubelet"}},
	{"file", "nfs", []string{"rpc.mountd"}, []string{"nfs-kernel-server"}},
	{"file", "vsftpd", []string{"vsftpd"}, []string{"vsftpd"}},
	{"file", "proftpd", []string{"proftpd"}, []string{"proftpd-core", "proftpd-basic", "proftpd"}},
}

// servers finds database, web and other servers by package, process, port and
// data folder.
func (c *collection) servers() {
	section := fact.Saw([]fact.Server{})
	for _, k := range servers {
		s := fact.Server{Kind: k.kind, Product: k.product}
		for _, pattern := range k.packages {
			for _, p := range c.inv.Packages.Value {
				if ok, _ := path.Match(pattern, p.Name); ok {
					if s.Package == "" {
						s.Package, s.Version = p.Name, upstream(p.Version)
						s.Evidence = append(s.Evidence, "package "+p.Name)
					}
				}
			}
		}
		if p := c.serverProcess(k.processes); p != nil {
			s.Running = new(true)
			s.Evidence = append(s.Evidence, "process "+p.name)
		} else if s.Package != "" && len(k.processes) > 0 && len(c.processes) > 0 {
			s.Running = new(false)
		}
		for _, port := range c.inv.Ports.Value {
			for _, name := range k.processes {
				if port.Protocol == "tcp" && (port.Process == name || path.Base(port.Program) == name) && name != "master" {
					s.Ports = append(s.Ports, port.Port)
				}
			}
		}
		if len(s.Evidence) == 0 {
			continue
		}
		if k.product == "postgresql" {
			if clusters := c.postgresClusters(s); len(clusters) > 0 {
				section.Value = append(section.Value, clusters...)
				continue
			}
		}
		section.Value = append(section.Value, s)
	}
	if len(c.processes) == 0 {
		section.Miss("which servers run", "no process could be seen", "")
	}
	c.inv.Servers = section
}

// serverProcess finds a process of the names; one called like something common
// ("master") counts only by its path.
func (c *collection) serverProcess(names []string) *process {
	for i := range c.processes {
		p := &c.processes[i]
		for _, name := range names {
			if name == "master" {
				if strings.HasSuffix(p.program, "/postfix/sbin/master") || strings.HasSuffix(p.program, "/postfix/bin/master") {
					return p
				}
				continue
			}
			if p.name == name || path.Base(p.program) == name || strings.HasPrefix(p.name, "ora_pmon") && name == "ora_pmon" {
				return p
			}
		}
	}
	return nil
}

// postgresClusters makes a server of each cluster Debian's tools know; its
// version is the cluster's, not that of the package that bundles them.
func (c *collection) postgresClusters(base fact.Server) []fact.Server {
	var all []fact.Server
	for _, conf := range c.Glob("/etc/postgresql/*/*/postgresql.conf") {
		f := strings.Split(conf, "/")
		s := fact.Server{Kind: base.Kind, Product: base.Product, Instance: f[3] + "/" + f[4], Version: f[3], Package: "postgresql-" + f[3], Evidence: []string{"cluster " + conf}}
		for _, p := range c.inv.Packages.Value {
			if p.Name == s.Package {
				s.Version = upstream(p.Version)
				s.Evidence = append(s.Evidence, "package "+p.Name)
			}
		}
		s.Running = new(false)
		data := "/var/lib/postgresql/" + s.Instance
		if b, err := c.Read(data + "/postmaster.pid"); err == nil {
			pid := firstLine(string(b))
			if c.Exists("/proc/" + strings.TrimSpace(pid)) {
				s.Running = new(true)
				s.Evidence = append(s.Evidence, "running, process file "+data+"/postmaster.pid")
				s.Ports = base.Ports
			}
		} else if len(base.Ports) > 0 && !c.Root {
			s.Running = nil // it may be this one that listens
		}
		all = append(all, s)
	}
	return all
}

// upstream is a package's version without epoch and the distribution's part.
func upstream(v string) string {
	if _, rest, found := strings.Cut(v, ":"); found {
		v = rest
	}
	if i := strings.LastIndexByte(v, '-'); i > 0 {
		v = v[:i]
	}
	for _, sep := range []string{"+dfsg", "+deb", "~deb", "+ds"} {
		v, _, _ = strings.Cut(v, sep)
	}
	return v
}
