#!/usr/bin/perl

# What nginx does with a location: if, limit_except, error_page, post_action,
# subrequests.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/slow' => [200, 'text/html', '<title>Slow</title>', {delay => 0.7}],
    '/after' => [200, 'text/html', 'after', {delay => 1.2}],
    '*' => [200, 'text/html', '<title>Page</title>'],
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    ssi on;
    ssi_types application/json;

    location /card { urlmeta \$arg_url; }

    location /if {
        urlmeta \$arg_url;
        if (\$arg_x) { set \$y 1; }
    }

    location /except {
        urlmeta \$arg_url;
        limit_except POST { allow all; }
    }

    location /denied {
        urlmeta \$arg_url;
        limit_except GET { deny all; }
    }

    location /post {
        urlmeta \$arg_url;
        post_action /after;
    }

    location /after {
        internal;
        proxy_pass http://@{[$o->address]}/after;
    }

    location = /ssi.html {
        default_type text/html;
        return 200 '<p><!--# include virtual="/card?url=\$arg_url" --></p>';
    }

    location /auth {
        auth_request /allowed;
        urlmeta \$arg_url;
    }

    location = /allowed { return 403; }

    location /redirected {
        urlmeta \$arg_url;
        error_page 412 = /none;
    }

    location = /none { return 200 "none\\n"; }
EOF

is($n->card($o->url('/'), location => '/if')->{code}, 200, 'if: false');
is($n->card($o->url('/'), location => '/if', arguments => '&x=1')->{code},
   200, 'if: true');
is($n->card($o->url('/'), location => '/except')->json->{title}, 'Page',
   'limit_except: a method that it is about');
is($n->card($o->url('/'), location => '/denied')->{code}, 200,
   'limit_except: another method');
is($n->request('POST', '/denied?url=' . $o->url('/'))->{code}, 403,
   'limit_except: denied');

my $before = $o->connections;
is($n->card($o->url('/'), location => '/auth')->{code}, 403,
   'auth_request comes first');
is($o->connections, $before, 'and nothing is fetched');

my $r = $n->get('/ssi.html?url=' . url_encode($o->url('/ssi')));
like($r->{body}, qr/^<p>\{.*"title":"Page".*\}<\/p>$/s,
     'an include is a card');
$r = $n->get('/ssi.html?url=nonsense');
like($r->{body}, qr/"code":"url_invalid"/, 'or an error');

# the client leaves, and another location goes on with the request: the fetch
# ends without it

my $c = $n->connect;
$c->send($c->message('GET', '/post?url=' . url_encode($o->url('/slow'))));
wait_for(sub { $o->count('/slow') }, 5);
$c->close;

ok(wait_for(sub { $o->count('/after') }, 5), 'post_action is taken');
ok(wait_for(sub { $n->logged(qr/finalize http upstream request: 0/) }, 10),
   'and runs to its end');
is($n->card($o->url('/'))->{code}, 200, 'the worker goes on');

$r = $n->card($o->url('/'), location => '/redirected',
              headers => {'If-Match' => '"other"'});
ok($r->{code} == 412 || $r->{code} == 0 || $r->{body} eq "none\n",
   'error_page of a condition that failed');
is($n->card($o->url('/'))->{code}, 200, 'the worker goes on');

done_testing();
