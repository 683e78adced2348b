#!/usr/bin/perl

# Names without a resolver directive: /etc/hosts, then the name servers of
# /etc/resolv.conf, as they were when the configuration was read.

use lib 't/lib';
use UrlMeta::Test;

my ($can) = run(5, 'unshare', '-m', 'true');

if ($can != 0) {
    plan(skip_all => 'no mount namespace');
}

my $o = origin('*' => [200, 'text/html', '<title>Named</title>']);
my $d = eval { dns({'dns.test.com' => ['127.0.0.1'],
                    'both.test.com' => ['127.0.0.9']},
                   listen => '127.0.0.77', port => 53) };

my $dir = temp_dir('etc');

write_file("$dir/hosts", <<'EOF');
# a comment
127.0.0.1 localhost
127.0.0.1 hosts.test.com Alias.Test.Com # and another
::1 six.test.com
127.0.0.1 both.test.com
not-an-address broken.test.com
10.0.0.1 private.test.com
127.0.0.9 twice.test.com
127.0.0.1 twice.test.com
EOF

write_file("$dir/resolv.conf", <<'EOF');
; a comment
search example.com
nameserver 127.0.0.77
nameserver fe80::1%eth0
options timeout:1
EOF

# an nginx that sees these files in the place of the system's

my $nginx = UrlMeta::Nginx::binary();

write_file("$dir/nginx", <<"EOF");
#!/bin/sh
exec unshare -m sh -c 'mount --bind $dir/hosts /etc/hosts \\
    && mount --bind $dir/resolv.conf /etc/resolv.conf \\
    && exec $nginx "\$\@"' nginx "\$\@"
EOF

chmod 0755, "$dir/nginx";
$ENV{TEST_URLMETA_NGINX} = "$dir/nginx";
$ENV{TEST_URLMETA_MODULE} = UrlMeta::Nginx::module();

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_allow 127.0.0.9:@{[$o->port]} [::1]:@{[$o->port]};
    location /card { urlmeta \$arg_url; }
EOF

sub code {
    my ($name) = @_;
    my $r = $n->card($o->url('/', $name));
    return $r->{code} == 200 ? 200 : $r->json->{code};
}

is(code('hosts.test.com'), 200, 'a name of /etc/hosts');
is(code('alias.test.com'), 200, 'its alias, in another case');
is(code('both.test.com'), 200, '/etc/hosts comes before the name server');
is(code('private.test.com'), 'address_denied', 'its addresses are judged');
is(code('twice.test.com'), 200, 'a second address of a name is tried');
is(code('six.test.com'), 'connect_failed', 'an IPv6 address');

SKIP: {
    skip "port 53 cannot be used: $@", 3 if !$d;

    is(code('dns.test.com'), 200, 'a name server of /etc/resolv.conf');
    is(code('none.test.com'), 'dns_not_found', 'a name it does not know');
    is($d->count('both.test.com'), 0, 'not asked for what is in /etc/hosts');
}

like($n->error_log, qr/\[warn\].*fe80::1%eth0/,
     'a name server with a scope is skipped with a warning');

# nothing at all: a clear error

write_file("$dir/resolv.conf", "# empty\n");

my $m = nginx(<<"EOF");
    @{[allow($o)]}
    location /card { urlmeta \$arg_url; }
EOF

my $r = $m->card($o->url('/', 'dns.test.com'));
is($r->json->{code}, 'dns_failed', 'no name server: dns_failed');
ok($m->logged(qr/"resolver"/), 'and the log names the directive');
is($m->card($o->url('/', 'hosts.test.com'))->{code}, 200,
   'and /etc/hosts works');

done_testing();
