#!/usr/bin/perl

# What comes out of hostile pages, as the real server answers it: the judge is
# ../shared/security/check_card.mjs.  Headers and logs are looked at here.

use lib 't/lib';

# what is to be installed comes from outside of the test's own network
our ($judge, $modules, $why);

BEGIN {
    require UrlMeta::Util;

    my $root = UrlMeta::Util::project_root();
    $judge = UrlMeta::Util::shared_path('security/check_card.mjs');
    $modules = "$root/build/output";

    if (!$judge) {
        $why = 'no ../shared/security';

    } elsif ((UrlMeta::Util::run(10, 'node', '--version'))[0] != 0) {
        $why = 'no node';

    } elsif (!-d "$modules/node_modules/parse5") {
        UrlMeta::Util::write_file("$modules/package.json",
            UrlMeta::Util::read_file("$root/t/output/package.json"));
        my ($code, $output) = UrlMeta::Util::run(300, 'npm', 'install',
            '--no-audit', '--no-fund', '--ignore-scripts', '--prefix',
            $modules);
        $why = 'no parse5: npm install failed' if $code != 0;
    }

    if ($why) {
        print "1..0 # SKIP $why\n";
        exit 0;
    }
}

use UrlMeta::Namespace;
use UrlMeta::Test;

use JSON::PP ();
use MIME::Base64 qw(encode_base64);

chdir project_root();

my $root = project_root();
my $address = '93.184.216.34';
my $json = JSON::PP->new->utf8->allow_nonref;


# The values.  A lone surrogate is no text: what is meant are its three bytes.

my $surrogate = "\x{fdd1}";
my $source = read_file(shared_path('security/xss-cases.json'));
$source =~ s/(?<!\\)\\ud800(?!\\ud[c-f])/\\ufdd1/g;
my @cases = @{$json->decode($source)->{cases}};

for my $case (@cases) {
    my $value = $case->{value} // '';
    my ($what, $times) = @{$case->{value_repeat}
                           || $case->{value_then_repeat} || ['', 0]};
    $value .= $what x $times;
    utf8::encode($value);
    utf8::encode(my $bytes = $surrogate);
    $value =~ s/\Q$bytes\E/\xed\xa0\x80/g;
    $case->{bytes} = $value;
}


# The formats there are, and what their answers are.

my @formats = read_file("$root/ngx_urlmeta_module/core/formats.c")
              =~ /= \{\s+"(\w+)",\s+"([^"]+)",\s+"([^"]+)" \}/g;
my %formats;

while (my ($name, $type, $error) = splice @formats, 0, 3) {
    $formats{$name} = [$type, $error];
}

cmp_ok(scalar keys %formats, '>=', 3, 'formats: ' . join ' ',
       sort keys %formats);

sub kind_of {
    my ($type) = @_;
    return $type =~ /json/ ? 'json' : $type =~ /html/ ? 'html' : 'other';
}


# Where a page can state something.  A place is given bytes, and makes what the
# origin sends: headers, body and perhaps a status.

sub attribute {
    my ($bytes) = @_;
    $bytes =~ s/&/&amp;/g;
    $bytes =~ s/"/&quot;/g;
    return $bytes;
}

sub content {
    my ($bytes) = @_;
    return attribute($bytes) =~ s/</&lt;/gr;
}

sub member {
    my ($bytes) = @_;
    $bytes =~ s/([\x00-\x1f"\\<])/sprintf '\\u%04x', ord $1/ge;
    return "\"$bytes\"";
}

sub line {
    my ($bytes) = @_;
    return $bytes =~ tr/\0\r\n/   /r;
}

sub page {
    my ($head, $body) = @_;
    return [['Content-Type' => 'text/html; charset=utf-8'],
            "<!doctype html><html><head>$head</head><body>" . ($body // '')
            . '</body></html>'];
}

sub meta {
    my ($name) = @_;
    return sub {
        my $as = $name =~ /^(?:og|article|product|video):/ ? 'property'
                                                           : 'name';
        return page("<meta $as=\"$name\" content=\"" . attribute($_[0])
                    . '">');
    };
}

sub ld {
    my ($name) = @_;
    return sub {
        return page('<script type="application/ld+json">'
                    . '{"@type":"Article","' . $name . '":' . member($_[0])
                    . '}</script>');
    };
}

sub script {
    return page('<script type="application/ld+json">' . $_[0] . '</script>');
}

sub itemprop {
    my ($name) = @_;
    return sub {
        return page('', '<div itemscope itemtype="https://schema.org/Article">'
                        . "<meta itemprop=\"$name\" content=\""
                        . attribute($_[0]) . '"></div>');
    };
}

sub rel {
    my ($rel, $more) = @_;
    return sub {
        return page("<link rel=\"$rel\" href=\"" . attribute($_[0]) . '"'
                    . ($more ? " $more" : '') . '>');
    };
}

# those where a field's own value is expected in the card
my %own = (
    title => {
        'title' => sub { return page('<title>' . content($_[0]) . '</title>') },
        'og:title' => meta('og:title'),
        'twitter:title' => meta('twitter:title'),
        'dc.title' => meta('dc.title'),
        'headline' => ld('headline'),
        'name' => ld('name'),
        'itemprop headline' => itemprop('headline'),
        'h1' => sub { return page('', '<h1>' . content($_[0]) . '</h1>') },
    },
    description => {
        (map { $_ => meta($_) } qw(og:description twitter:description
                                   description dc.description)),
        'JSON-LD' => ld('description'),
        'itemprop' => itemprop('description'),
    },
    site_name => {
        (map { $_ => meta($_) } qw(og:site_name application-name
                                   dc.publisher)),
    },
    image => {
        (map { $_ => meta($_) } qw(og:image og:image:url twitter:image
                                   thumbnail)),
        'JSON-LD' => ld('image'),
        'itemprop' => itemprop('image'),
        'link' => rel('image_src'),
    },
    url => {
        'og:url' => meta('og:url'),
        'canonical' => rel('canonical'),
    },
    jsonld => {'JSON-LD' => \&script},
);

# and others, some at a time
my @metas = qw(
    og:type og:locale og:image:alt og:image:type og:image:width og:video
    og:video:type og:audio twitter:card twitter:site twitter:creator
    twitter:player twitter:label1 twitter:data1 twitter:label2 twitter:data2
    keywords author theme-color robots viewport generator
    article:published_time article:modified_time article:section article:tag
    article:author product:price:amount product:price:currency
    product:availability fediverse:creator video:duration language
    msapplication-TileImage apple-mobile-web-app-title citation_author
);

my @rels = qw(icon apple-touch-icon mask-icon canonical image_src amphtml
              license author enclosure manifest);

my %other = (
    'metas' => sub {
        my $value = attribute($_[0]);
        return page('<meta property="og:image" content="/i.png">'
                    . join '', map { "<meta name=\"$_\" content=\"$value\">" }
                               @metas);
    },
    'labels' => sub {
        my $value = attribute($_[0]);
        return page(join '', map {
            "<meta name=\"twitter:$_\" content=\"$value\">"
        } qw(label1 data1 label2 data2));
    },
    'links' => sub {
        my $value = attribute($_[0]);
        return page(join '',
            (map { "<link rel=\"$_\" href=\"$value\">" } @rels),
            map { "<link rel=\"alternate\" type=\"$_\" href=\"$value\">" }
            qw(application/rss+xml application/json+oembed text/html));
    },
    'attributes of links' => sub {
        my $value = attribute($_[0]);
        my $all = join ' ', map { "$_=\"$value\"" }
                  qw(type sizes title hreflang media color);
        return page(join '', map { "<link rel=\"$_\" href=\"/x\" $all>" }
                             'icon', 'mask-icon', 'alternate');
    },
    'oembed and feed' => sub {
        my $value = attribute($_[0]);
        return page(join '', map {
            "<link rel=\"alternate\" type=\"$_\" href=\"/x\" title=\"$value\">"
        } qw(application/rss+xml application/json+oembed));
    },
    'properties' => sub {
        my $value = member($_[0]);
        my $all = join ',', map { "\"$_\":$value" } qw(
            url author publisher datePublished dateModified articleSection
            keywords inLanguage thumbnailUrl contentUrl embedUrl duration
            isbn mainEntityOfPage logo location startDate);
        return page("<script type=\"application/ld+json\">{\"\@type\":"
                    . "[\"Article\",$value],$all,\"offers\":{\"price\":$value,"
                    . "\"priceCurrency\":$value},\"aggregateRating\":{"
                    . "\"ratingValue\":$value}}</script>");
    },
    'people' => sub {
        my $value = member($_[0]);
        return page("<script type=\"application/ld+json\">{\"\@type\":"
                    . "\"Event\",\"author\":{\"\@type\":\"Person\",\"name\":"
                    . "$value,\"url\":$value},\"location\":{\"\@type\":"
                    . "\"Place\",\"name\":$value},\"startDate\":"
                    . "\"2026-01-02\"}</script>");
    },
    'microdata' => sub {
        my $value = attribute($_[0]);
        return page('', '<div itemscope itemtype="https://schema.org/Product">'
            . join('', map { "<meta itemprop=\"$_\" content=\"$value\">" }
                       qw(name image url brand sku price author logo))
            . "<a itemprop=\"url\" href=\"$value\">x</a></div>");
    },
    'body' => sub {
        my $value = attribute($_[0]);
        my $text = content($_[0]);
        return page('', "<article><h1>$text</h1><p>$text</p>"
            . "<p>A sentence, and another one, which are long enough to be "
            . "what a page says of itself. $text.</p>"
            . "<a href=\"$value\" rel=\"author\">$text</a>"
            . "<img src=\"$value\" alt=\"$value\"><video src=\"$value\" "
            . "poster=\"$value\"></video><time datetime=\"$value\">$text"
            . "</time></article>");
    },
    'html and base' => sub {
        my $value = attribute($_[0]);
        return [['Content-Type' => 'text/html; charset=utf-8'],
                "<!doctype html><html lang=\"$value\" dir=\"$value\"><base "
                . "href=\"$value\"><title>T</title><link rel=\"icon\" "
                . 'href="i.png"><meta property="og:image" content="o.png">'];
    },
    'as it is' => sub { return page($_[0], $_[0]) },
    'title in another charset' => sub {
        return [['Content-Type' => 'text/html; charset=utf-7'],
                "<title>$_[0]</title>"];
    },
    'feed' => sub {
        my $text = content($_[0]) =~ tr/\x00-\x08\x0b\x0c\x0e-\x1f//dr;
        return [['Content-Type' => 'application/rss+xml'],
                "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>"
                . "$text</title><link>$text</link><description>$text"
                . "</description><language>$text</language><image><url>$text"
                . '</url></image></channel></rss>'];
    },
);

# an origin's headers; these come without TLS, as they are
my %headers = (
    'Link' => sub {
        my $value = line($_[0]);
        return [['Content-Type' => 'text/html', Link => join ', ', map {
            "<$value>; rel=$_, </x>; rel=$_; title=\"$value\"; type=\"$value\""
        } qw(canonical icon alternate)], '<title>T</title>'];
    },
    'Content-Disposition' => sub {
        return [['Content-Type' => 'application/octet-stream',
                 'Content-Disposition' => 'attachment; filename="'
                                          . line($_[0]) . '"'], 'x'];
    },
    'Content-Language' => sub {
        return [['Content-Type' => 'text/html', Refresh => '0;url='
                                                           . line($_[0]),
                 'Content-Language' => line($_[0]),
                 'X-Robots-Tag' => line($_[0])], '<title>T</title>'];
    },
    'Content-Type' => sub {
        return [['Content-Type' => 'text/html; charset="' . line($_[0]) . '"'],
                '<title>T</title>'];
    },
    'Content-Type as it is' => sub {
        return [['Content-Type' => line($_[0]) || 'x'], '<title>T</title>'];
    },
    'Last-Modified' => sub {
        return [['Content-Type' => 'text/html', ETag => line($_[0]),
                 'Last-Modified' => line($_[0]), Expires => line($_[0]),
                 'Cache-Control' => line($_[0]), Age => line($_[0]),
                 'Set-Cookie' => line($_[0]), Server => line($_[0])],
                '<title>T</title>'];
    },
    'Location' => sub {
        return [[Location => line($_[0])], '', 302];
    },
    'Location of its own' => sub {
        return [[Location => 'http://example.com/?' . line($_[0])], '', 302];
    },
    'Retry-After' => sub {
        return [['Content-Type' => 'text/html', 'Content-Encoding' =>
                 line($_[0]), 'Retry-After' => line($_[0])], $_[0]];
    },
    'reason' => sub {
        return [['Content-Type' => 'text/html'], $_[0], 500,
                {reason => line($_[0])}];
    },
);


# The servers: pages are numbered, and the number comes in a header.

my @pages;

sub add {
    my ($made) = @_;
    my ($head, $body, $status, $more) = @$made;
    push @pages, [$status || 200, $head, $body, $more];
    return $#pages;
}

sub harmless_page {
    my ($shown) = @_;
    my %shown = map { $_ => 1 } split / /, $shown;
    my %metas = (
        description => 'description', image => 'og:image',
        author => 'author', date => 'article:published_time',
        price => 'product:price:amount', duration => 'video:duration',
    );
    my %values = (image => 'https://cdn.example.com/i.png',
                  date => '2026-01-02', price => '12.50', duration => '60');

    my $head = '<title>Harmless</title>';

    for my $name (grep { $metas{$_} } sort keys %shown) {
        $head .= "<meta name=\"$metas{$name}\" property=\"$metas{$name}\" "
                 . 'content="' . ($values{$name} || 'Words') . '">';
    }

    my @ld;
    push @ld, '"location":"Here"' if $shown{location};
    push @ld, '"aggregateRating":{"ratingValue":4}' if $shown{rating};
    $head .= '<script type="application/ld+json">{"@type":"Event",'
             . join(',', @ld) . '}</script>' if @ld;

    for (1 .. 2) {
        $head .= "<meta name=\"twitter:label$_\" content=\"Label\"><meta "
                 . "name=\"twitter:data$_\" content=\"Value\">"
            if $shown{"label$_"};
    }

    # an address that becomes too long for a card once it is encoded
    return [[Location => 'http://example.com/?' . "\xc3\xa9" x 400], '', 302]
        if !$shown{url};

    return page($head);
}

# which parts of the HTML there are
sub shown {
    my ($card) = @_;
    my $facts = $card->{facts} || {};
    my @labels = grep { $_ && (lc $_->{label} ne 'price'
                               || !defined $facts->{price}) }
                 @{$card->{labels}}[0, 1];
    return join ' ', (map { "label$_" } 1 .. @labels),
        (grep { defined $card->{$_} } qw(url description image icon)),
        (defined $card->{author} && defined $card->{author}{name} ? 'author'
                                                                  : ()),
        (defined $card->{published} || defined $facts->{start} ? 'date' : ()),
        (grep { defined $facts->{$_} } qw(location price rating duration));
}

my (%place, @asked);

for my $case (@cases) {
    my $own = $own{$case->{field}} || {};

    for my $name (sort keys %$own) {
        push @asked, [$case, $name, 'https', 1,
                      add($own->{$name}->($case->{bytes}))];
    }

    if ($case->{html_source}) {
        utf8::encode(my $html = $case->{html_source});
        push @asked, [$case, 'as stated', 'https', 1, add(page($html))];
    }

    for my $name (sort keys %other) {
        push @asked, [$case, $name, 'https', 0,
                      add($other{$name}->($case->{bytes}))];
    }

    # what does not fit into a line ends as an error of its own
    my $short = substr $case->{bytes}, 0, 1500;

    for my $name (sort keys %headers) {
        push @asked, [$case, $name, 'http', 0, add($headers{$name}->($short))];
    }
}

my $o = origin(listen => $address, port => 80, '*' => sub {
    my ($socket, $request) = @_;
    my $number = $request->{header}{'x-page'} // '';
    my $page = $number =~ /^\d+$/ ? $pages[$number]
             : $number =~ /^h(.*)$/ ? do {
                   my ($head, $body, $status) = @{harmless_page(pack 'H*', $1)};
                   [$status || 200, $head, $body];
               } : [404, [], ''];

    # a hop that comes back to where it was is no redirect for ever
    return [200, 'text/html', '<title>T</title>']
        if $page->[0] == 302 && defined $request->{query};

    return $page;
});

my $tls = certificate(names => ['example.com']);
my $front = nginx(<<"EOF", module => 0, debug => 0, http => <<"EOG");
    listen $address:443 ssl;
    ssl_certificate $tls->{cert};
    ssl_certificate_key $tls->{key};
    keepalive_requests 1000000;
    location / {
        proxy_pass http://origin;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffers 16 64k;
        proxy_busy_buffers_size 128k;
    }
EOF
    upstream origin {
        server $address:80;
        keepalive 4;
        keepalive_requests 1000000;
    }
EOG

# hosts that look like others, or are so long that their end is out of sight
my $long = 'www.paypal.com.' . join('.', ('a' x 63) x 3, 'b' x 20, 'evil.net');
my $homograph = 'xn--pple-43d.com';

my $d = dns({map { $_ => [$address] } 'example.com', $long, $homograph});
my %variable = map { $_ => 1 } read_file("$root/docs/variables.md")
                               =~ /\$(urlmeta_\w+)/g;
my $variables = join ' ', map { "\"\$$_\"" } sort keys %variable;

my $n = nginx(<<"EOF", debug => 0, access_log => 0, http => <<"EOG");
    resolver @{[$d->address]};
    keepalive_requests 1000000;
    keepalive_timeout 300s;
    large_client_header_buffers 4 32k;
    urlmeta_log_level info;
    urlmeta_ssl_trusted_certificate $tls->{ca};
    access_log %%TESTDIR%%/output.log output;

    location /card {
        urlmeta \$arg_url;
        urlmeta_format \$arg_format;
        urlmeta_details \$arg_details;
        urlmeta_set_header X-Page \$arg_page;
    }
EOF
    log_format output '\$status "\$request" $variables';
EOG


# Every answer, to be judged at the end.

my $c = $n->connect(timeout => 20);
my ($requests, $answers) = (0, '');
my (%header_problem, @unexpected);

my %header = (
    'server' => qr{^nginx(?:/[\d.]+)?$},
    'date' => qr/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/,
    'content-length' => qr/^\d+$/,
    'connection' => qr/^keep-alive$/,
    'keep-alive' => qr/^[\w=, ]+$/,
    'cache-control' => qr/^(?:no-store|public, max-age=\d+)$/,
    'age' => qr/^\d+$/,
    'etag' => qr/^"[0-9a-f]{16}"$/,
    'retry-after' => qr/^\d+$/,
    'x-content-type-options' => qr/^nosniff$/,
    'referrer-policy' => qr/^no-referrer$/,
);

my %policy = (
    json => qr/^default-src\ 'none';\ frame-ancestors\ 'none'$/x,
    html => qr{^default-src\ 'none';\ img-src\ https:\ http:;
               \ style-src\ 'sha256-[\w+/]{43}=';\ base-uri\ 'none';
               \ form-action\ 'none';\ frame-ancestors\ \*;\ sandbox
               \ allow-popups\ allow-popups-to-escape-sandbox$}x,
);

sub ask {
    my ($url, $page, $format, $details) = @_;

    my $r = $c->get('/card?url=' . url_encode($url) . "&format=$format&page="
                    . ($page // '') . ($details ? '&details=1' : ''));
    $requests++;

    my $type = $r->header('content-type') // '';
    my $error = $r->{code} != 200;
    my $expected = $formats{$format}[$error];
    my @bad;

    # JSON is UTF-8 by definition; RFC 9457 knows no charset
    push @bad, "Content-Type: $type"
        if $type ne $expected
           || ($type !~ /; charset=utf-8$/ && $type !~ /\+json$/);

    my $csp = $r->header('content-security-policy') // '';
    my $wanted = $policy{kind_of($type)};
    push @bad, "Content-Security-Policy: $csp" if $wanted && $csp !~ $wanted
                                                  && $format ne 'explore';
    push @bad, 'unsafe' if $csp !~ /^default-src 'none';/ || $csp =~ /unsafe-/;

    push @bad, "no $_" for grep { !defined $r->header($_) }
                           qw(x-content-type-options referrer-policy);

    for my $name (keys %{$r->{header}}) {
        next if $name =~ /^content-(?:type|security-policy)$/;
        push @bad, "$name: $r->{header}{$name}"
            if !$header{$name} || $r->{header}{$name} !~ $header{$name};
    }

    $header_problem{"$format: $_"} = "$url " . ($page // '') for @bad;
    return $r;
}

sub judged {
    my (%answer) = @_;
    $answer{$_} = encode_base64($answer{$_}, '')
        for grep { defined $answer{$_} } qw(body harmless json);
    my $case = $answer{case};
    $answer{case} = {map { $_ => $case->{$_} } grep { exists $case->{$_} }
                     qw(id field value value_repeat value_then_repeat
                        expect_text expect_url)};
    delete @answer{grep { !defined $answer{$_} } keys %answer};
    $answers .= $json->encode(\%answer) . "\n";
    return;
}

my %harmless_answer;

sub harmless {
    my ($format, $shown) = @_;

    return $harmless_answer{"$format $shown"} //= do {
        my $number = 'h' . unpack 'H*', $shown;
        my $card = ask('https://example.com/a/b/c', $number, 'json');

        if (!$card->json || shown($card->json) ne $shown) {
            push @unexpected, "no harmless card with \"$shown\"";
        }

        ask('https://example.com/a/b/c', $number, $format)->{body};
    };
}

# an error that says the same words of a harmless URL
sub harmless_error {
    my ($format) = @_;
    return $harmless_answer{$format}
        //= ask('https://example.com/', '', $format)->{body};
}

for (@asked) {
    my ($case, $place, $scheme, $expect, $number) = @$_;
    my $url = "$scheme://example.com/a/b/c";
    my $card = ask($url, $number, 'json');
    my $shown = $card->{code} == 200 && $card->json ? shown($card->json)
                                                    : undef;

    # a page that is expected to have a card has one
    push @unexpected, "$case->{id} $place: status $card->{code}"
        if $card->{code} != 200 && $scheme eq 'https';

    my $from = $card->{code} == 200 ? 'card' : 'error';

    for my $format (sort keys %formats) {
        my $r = $format eq 'json' ? $card : ask($url, $number, $format);
        my $kind = kind_of($r->header('content-type') // '');

        push @unexpected, "$case->{id} $place $format: status $r->{code}"
            if $r->{code} != $card->{code};

        judged(case => $case, place => $place, format => $format,
               kind => $from, type => $kind, body => $r->{body},
               expect => $expect,
               $kind eq 'html' ? (
                   harmless => defined $shown ? harmless($format, $shown)
                                              : harmless_error($format),
                   json => defined $shown ? $card->{body} : undef,
               ) : ());
    }

    my $details = ask($url, $number, 'json', 1);
    judged(case => $case, place => $place, format => 'json', kind => $from,
           type => 'json', body => $details->{body}, details => 1,
           expect => 0);
}


# What a client asks for comes back in errors.

for my $case (@cases) {
    my $bytes = $case->{bytes};
    my %echo = (
        'url' => $bytes,
        'host' => "https://$bytes/",
        'label' => "https://$bytes.example.com/",
        'user' => "https://$bytes\@example.com/",
        'query' => "https://example.com/a?$bytes",
        'path' => "https://example.com/$bytes#$bytes",
    );

    for my $place (sort keys %echo) {
        my $url = substr $echo{$place}, 0, 4000;

        for my $format (sort keys %formats) {
            my $r = ask($url, '', $format);
            my $kind = kind_of($r->header('content-type') // '');

            push @unexpected, "$case->{id} $place: status 200"
                if $r->{code} == 200;

            # of a URL that is nothing but what is removed nothing is shown
            my $harmless = $kind eq 'html' ? harmless_error($format) : undef;
            my $shown = qr{<p class="urlmeta-address".*?</p>}s;
            $harmless =~ s/$shown// if $harmless && $r->{body} !~ $shown;

            judged(case => $case, place => "url, $place", format => $format,
                   kind => 'error', type => $kind, body => $r->{body},
                   expect => 0, harmless => $harmless);
        }
    }
}

is_deeply([splice @unexpected, 0, 20], [], 'every place was asked for');

my @problems = map { "$_ ($header_problem{$_})" } sort keys %header_problem;
is_deeply([splice @problems, 0, 20], [],
          "headers of $requests answers are ours, and whole");


# Who a reader is told that it is from.

sub told {
    my ($url, $made) = @_;
    my ($path) = $url =~ m{^http://[^/]+(.*)};
    $path =~ s/([^\x20-\x7e])/sprintf '%%%02X', ord $1/ge;
    $o->set($path, [200, @$made]);

    my $r = ask($url, '', 'json');
    my %told = (card => $r->json || {});

    for my $format (qw(html fragment)) {
        my $body = ask($url, '', $format)->{body};
        my ($site) = $body =~ m{<p class="urlmeta-site">(.*?)</p>};
        ($told{$format}) = ($site // '') =~ m{
            <span\ class="urlmeta-host"\ dir="ltr">([^<]*)</span>$}x;
        ($told{"$format link"}) = $body =~ m{<a class="\S+" href="([^"]*)"};
    }

    return \%told;
}

sub tells {
    my ($told, $host, $what) = @_;
    is($told->{card}{host}, $host, "$what: host");
    is($told->{$_}, $host, "$what: $_") for qw(html fragment);
    is($told->{"$_ link"}, $told->{card}{url}, "$what: the link of $_")
        for qw(html fragment);
    return;
}

my $imitation = page('<title>PayPal</title>'
    . '<meta property="og:site_name" content="paypal.com">'
    . '<meta property="og:url" content="https://www.paypal.com/login">'
    . '<link rel="canonical" href="https://www.paypal.com/login">');

my $told = told('http://example.com/a', $imitation);
tells($told, 'example.com', 'the name of another site');
is($told->{card}{site_name}, 'paypal.com', 'which is told as a name');
is($told->{card}{url}, 'http://example.com/a', 'and is not linked to');

tells(told("http://$long/", $imitation), $long, 'a long host');

for my $host ("\xd0\xb0pple.com", $homograph) {
    tells(told("http://$host/", page('<title>Apple</title>')), $homograph,
          'a homograph');
}

$told = told("http://example.com/\xe2\x80\xaegnp.exe", page(
    '<meta property="og:image" content="/&#x202e;gpj.exe">'
    . '<meta property="og:site_name" content="example.com&#x202e;">'));
tells($told, 'example.com', 'an override of direction');
is($told->{card}{url}, 'http://example.com/%E2%80%AEgnp.exe', 'in the path');
is($told->{card}{image}{url}, 'http://example.com/%E2%80%AEgpj.exe',
   'in an image');
is($told->{card}{site_name}, 'example.com', 'in a name');

$told = told('http://example.com/', page('<meta property="og:site_name" '
                                         . 'content="example.com">'));
tells($told, 'example.com', 'the same name');


# Headers of answers without a body, and to other methods.

for (['HEAD', 200], ['POST', 405], ['OPTIONS', 405], ['GET', 304]) {
    my ($method, $status) = @$_;
    my $uri = '/card?url=' . url_encode('http://example.com/');
    my $r;

    # a card says when it was made, so that the next one may have another tag
    for (1 .. 3) {
        my $etag = $status == 304 ? $c->get($uri)->header('etag') : undef;
        $r = $c->request($method, $uri, headers => {
            $etag ? ('If-None-Match' => $etag) : (), 'Content-Length' => 0});
        $requests += $etag ? 2 : 1;
        last if !$etag || $r->{code} == 304;
    }

    is($r->{code}, $status, "$method: $status");
    is($r->header('x-content-type-options'), 'nosniff', "$method: nosniff");
    like($r->header('content-security-policy'), $policy{json},
         "$method: policy");
}


# The judge, and its own mutants first: who notices nothing proves nothing.

chdir $modules;
delete @ENV{qw(NODE_OPTIONS NODE_PATH)};

my ($code, $output) = run(120, 'node', $judge);
my %self = $output =~ m{^(\S[^\n]*?)\s+cases violated (\d+)/}mg;
note($output);

is($code, 0, 'the judge finds nothing wrong with its reference');
cmp_ok(scalar(grep { /^mutant/ } keys %self), '>=', 6, 'and has mutants');

for my $mutant (grep { /^mutant/ } sort keys %self) {
    cmp_ok($self{$mutant}, '>', 0, "the judge's $mutant: $self{$mutant}");
}

write_file(temp_dir('answers') . '/list', $answers);
($code, $output) = run(600, 'node', "$root/t/output/judge.mjs", $judge,
                       temp_dir('answers') . '/list');
my $result = eval { $json->decode($output) };
ok($code == 0 && $result, 'judged') or diag(substr $output, 0, 4000);

my @violations = @{$result->{violations} || ['nothing']};
my $judged = join ', ', map { "$_ $result->{judged}{$_}" }
                        sort keys %{$result->{judged}};

is(scalar @violations, 0, "no violations: $judged")
    or diag(join "\n", @violations[0 .. ($#violations < 40 ? $#violations
                                                           : 40)]);
is_deeply([sort keys %{$result->{judged}}], [sort keys %formats],
          'every format was judged');

for my $mutant (sort keys %{$result->{caught}}) {
    cmp_ok($result->{caught}{$mutant}, '>', 0,
           "our answers with $mutant: caught $result->{caught}{$mutant}");
}

chdir $root;


# The logs: one line for each request, and nothing that ends one.

$c->close;
$n->stop;

my @lines = log_lines_of(temp_dir() . '/output.log');
is(scalar @lines, $requests, "$requests requests, as many lines");
is(scalar(grep { /[^\x20-\x7e]/ || !/^\d{3} "[A-Z]+ / } @lines), 0,
   'of printable characters');

@lines = log_lines_of($n->dir . '/error.log');
cmp_ok(scalar @lines, '>', 100, 'the error log has said something');
is_deeply([grep { !m{^\d{4}/\d\d/\d\d [\d:]{8} \[\w+\] \d+#\d+: } } @lines],
          [], 'a line of the error log begins as one');
is_deeply([grep { /[^\x20-\x7e]/ } @lines], [], 'and is printable');

sub log_lines_of {
    my ($file) = @_;
    return split /\n/, read_file($file);
}

done_testing();
