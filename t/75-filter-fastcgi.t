#!/usr/bin/perl

# Pages that come by FastCGI, and a reload while a page is read.

use lib 't/lib';
use UrlMeta::Test;

use IO::Socket::INET;
use POSIX qw(_exit);

my $listen = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1',
                                   ReuseAddr => 1) or die "listen: $!";
my $port = $listen->sockport;
my $html = '<title>FastCGI</title>' . '<p>Text</p>' x 500;

# records of FastCGI 1.0: version, type, request, length, padding

sub record {
    my ($kind, $content) = @_;
    return pack('CCnnCC', 1, $kind, 1, length $content, 0, 0) . $content;
}

my $pid = fork;
die "fork: $!" if !defined $pid;

if ($pid == 0) {
    alarm 300;

    while (my $c = $listen->accept) {

        while (read($c, my $head, 8) == 8) {
            my (undef, $kind, undef, $len, $pad) = unpack 'CCnnC', $head;
            read $c, my $rest, $len + $pad if $len + $pad;
            last if $kind == 5 && $len == 0;
        }

        print $c record(6, "Content-Type: text/html; charset=utf-8\r\n\r\n"
                           . $html), record(6, ''), record(3, "\0" x 8);
        close $c;
    }

    _exit(0);
}

my $o = origin('/slow' => [200, 'text/html', '<title>Slow</title>',
                           {delay => 2}]);

my $n = nginx(<<"EOF", workers => 2);
    urlmeta_cache cards;
    location / { fastcgi_pass 127.0.0.1:$port; urlmeta_filter card; }
    location /tap { fastcgi_pass 127.0.0.1:$port; urlmeta_filter tap; }
    location /unbuffered {
        fastcgi_pass 127.0.0.1:$port;
        fastcgi_buffering off;
        urlmeta_filter card;
        urlmeta_cache off;
    }
    location /fetch { urlmeta \$arg_url; urlmeta_local on; }
    location /slow {
        proxy_pass http://@{[$o->address]};
        urlmeta_filter card;
    }
EOF

for my $uri ('/a', '/unbuffered', '/fetch?url=/x') {
    my $r = $n->get($uri);
    is($r->{code}, 200, "$uri: a card");
    is($r->json->{title}, 'FastCGI', "$uri: title");
}

my $r = $n->head('/unbuffered');
is($r->{code}, 200, 'HEAD');
ok($r->{header}{'content-length'} > 100, 'HEAD: length');
is($n->get('/tap')->{body}, $html, 'tap: the page');

my @clients = map { scalar $n->connect } 1 .. 8;
$_->send($_->message('GET', '/slow')) for @clients;
wait_for(sub { $o->count('/slow') }, 5);
ok($n->reload, 'reload');
is(join(' ', map { $_->response->{code} } @clients), join(' ', (200) x 8),
   'who waited has a card');
is($o->count('/slow'), 1, 'and one asked');
$_->close for @clients;

kill 'TERM', $pid;
waitpid $pid, 0;

done_testing();
