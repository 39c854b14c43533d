"""Well-known identities, from which the corpora are grown: each holds wherever both sides are defined.

Variables are real, functions take principal values: ``ln(x**2) = 2*ln(x)``, true for ``x > 0``, is left out.
"""

import re
from typing import Final

ARITHMETIC: Final = """
1+1=2; 2+1=3; 3+1=4; 2+2=4; 3+3=6; 2*3=6; 2*2=4; 2+2=2*2; 3*3=9; 4*2=8; 6+4=10; 9+1=10; 8+2=10; 2*4+2=10
1+-1=0; 2+-1=1; 3+-1=2; 4+-1=3; 10+-1=9; -1+-1=-1*2; -1*-1=1; 0*-1=0; 0+0=0; 0*1=0; 1*1=1; 2*(1/2)=1
4*(1/2)=2; 6*(1/2)=3; 8*(1/2)=4; (1/2)+(1/2)=1; 2+(1/2)*4=4; 2**2=4; 2**3=8; 3**2=9; 4**2=16; 2**4=16
10**2=100; 10**1=10; 10**0=1; 2**0=1; (-1)**2=1; (-1)**3=-1; 0**2=0; 1**3=1; 4**(1/2)=2; 9**(1/2)=3
16**(1/2)=4; 100**(1/2)=10; 2**-1=1/2; 1**-1=1; (-1)**-1=-1; (1/2)**-1=2; (1/2)*(1/2)=4**-1; 3*3**-1=1
10*10**-1=1; (2+1)*2=6; 3**2+1=10; 2*(4+1)=10
"""
"""Numbers."""
ALGEBRA: Final = """
x+0=x; x*1=x; x*0=0; x**1=x; x**0=1; 1**x=1; x+y=y+x; x*y=y*x; (x+y)+z=x+(y+z); (x*y)*z=x*(y*z)
x*(y+z)=x*y+x*z; x+x=2*x; 2*x+x=3*x; 3*x+x=4*x; 2*x+2*x=4*x; 2*(2*x)=4*x; 2*((1/2)*x)=x; (1/2)*x+(1/2)*x=x
x+-1*x=0; (x+y)+-1*y=x; -1*(-1*x)=x; -1*(x+y)=-1*x+-1*y; 2*(x+y)=2*x+2*y; -1*(x*y)=(-1*x)*y; x*x=x**2
x*x**2=x**3; x**2*x**2=x**4; x*x**3=x**4; (x**2)**2=x**4; (x*y)**2=x**2*y**2; (x+y)**2=(x**2+2*(x*y))+y**2
(x+y)*(x+-1*y)=x**2+-1*y**2; (x+1)*(x+-1)=x**2+-1; (x+1)**2=(x**2+2*x)+1; (-1*x)**2=x**2; (-1*x)**3=-1*x**3
(-1*x)*(-1*y)=x*y; x*x**-1=1; x**2*x**-1=x; (x*y)*y**-1=x; (x**-1)**-1=x; (x*y)**-1=x**-1*y**-1
(-1*x)**-1=-1*x**-1; (x**2)**-1=(x**-1)**2; x**(1/2)*x**(1/2)=x; (x**(1/2))**2=x; x**y*x=x**(y+1)
x**y*x**z=x**(y+z); (x**y)**2=x**(2*y); x**(-1*y)=(x**y)**-1; abs(-1*x)=abs(x); abs(abs(x))=abs(x)
abs(x*y)=abs(x)*abs(y); abs(x)**2=x**2; abs(x**-1)=abs(x)**-1
"""
"""Sums, products, powers."""
TRIGONOMETRY: Final = """
csc(x)=sin(x)**-1; sec(x)=cos(x)**-1; cot(x)=tan(x)**-1; sin(x)=csc(x)**-1; tan(x)=sin(x)*cos(x)**-1
tan(x)=sin(x)*sec(x); cot(x)=cos(x)*sin(x)**-1; cot(x)=cos(x)*csc(x); sin(x)*csc(x)=1; cos(x)*sec(x)=1
tan(x)*cot(x)=1; tan(x)*cos(x)=sin(x); cot(x)*sin(x)=cos(x); sin(-1*x)=-1*sin(x); cos(-1*x)=cos(x)
tan(-1*x)=-1*tan(x); csc(-1*x)=-1*csc(x); sec(-1*x)=sec(x); cot(-1*x)=-1*cot(x); sin(x)**2+cos(x)**2=1
1+tan(x)**2=sec(x)**2; 1+cot(x)**2=csc(x)**2; 1+-1*sin(x)**2=cos(x)**2; 1+-1*cos(x)**2=sin(x)**2
sec(x)**2+-1*tan(x)**2=1; csc(x)**2+-1*cot(x)**2=1; sin(2*x)=2*(sin(x)*cos(x))
cos(2*x)=cos(x)**2+-1*sin(x)**2; cos(2*x)=2*cos(x)**2+-1; cos(2*x)=1+-1*(2*sin(x)**2)
sin(x)**2=(1/2)*(1+-1*cos(2*x)); cos(x)**2=(1/2)*(1+cos(2*x)); tan(2*x)=(2*tan(x))*(1+-1*tan(x)**2)**-1
sin(3*x)=3*sin(x)+-1*(4*sin(x)**3); cos(3*x)=4*cos(x)**3+-1*(3*cos(x)); sin(x+y)=sin(x)*cos(y)+cos(x)*sin(y)
cos(x+y)=cos(x)*cos(y)+-1*(sin(x)*sin(y)); sin(x)*sin(y)=(1/2)*(cos(x+-1*y)+-1*cos(x+y))
cos(x)*cos(y)=(1/2)*(cos(x+-1*y)+cos(x+y)); sin(x)*cos(y)=(1/2)*(sin(x+y)+sin(x+-1*y)); sin(x+pi)=-1*sin(x)
cos(x+pi)=-1*cos(x); tan(x+pi)=tan(x); cot(x+pi)=cot(x); sin(x+2*pi)=sin(x); cos(x+2*pi)=cos(x)
csc(x+2*pi)=csc(x); sec(x+2*pi)=sec(x); sin(pi+-1*x)=sin(x); cos(pi+-1*x)=-1*cos(x)
cos((1/2)*pi+-1*x)=sin(x); sin((1/2)*pi+-1*x)=cos(x); cot((1/2)*pi+-1*x)=tan(x); csc((1/2)*pi+-1*x)=sec(x)
tan((1/2)*x)=sin(x)*(1+cos(x))**-1; tan(x)+cot(x)=sec(x)*csc(x); sin(0)=0; tan(0)=0; cos(0)=1; sec(0)=1
sin(pi)=0; tan(pi)=0; cos(pi)=-1; sec(pi)=-1; cos(2*pi)=1; sin(2*pi)=0; sin((1/2)*pi)=1; csc((1/2)*pi)=1
cos((1/2)*pi)=0; cot((1/2)*pi)=0; tan(4**-1*pi)=1; cot(4**-1*pi)=1; cos(3**-1*pi)=1/2; sin(6**-1*pi)=1/2
sec(3**-1*pi)=2; csc(6**-1*pi)=2
"""
"""Sine, cosine and their kin."""
HYPERBOLIC: Final = """
csch(x)=sinh(x)**-1; sech(x)=cosh(x)**-1; coth(x)=tanh(x)**-1; tanh(x)=sinh(x)*cosh(x)**-1
tanh(x)=sinh(x)*sech(x); coth(x)=cosh(x)*csch(x); sinh(x)*csch(x)=1; cosh(x)*sech(x)=1; tanh(x)*coth(x)=1
tanh(x)*cosh(x)=sinh(x); sinh(-1*x)=-1*sinh(x); cosh(-1*x)=cosh(x); tanh(-1*x)=-1*tanh(x)
csch(-1*x)=-1*csch(x); sech(-1*x)=sech(x); coth(-1*x)=-1*coth(x); cosh(x)**2+-1*sinh(x)**2=1
sech(x)**2+tanh(x)**2=1; coth(x)**2+-1*csch(x)**2=1; 1+sinh(x)**2=cosh(x)**2; cosh(x)**2+-1=sinh(x)**2
1+-1*tanh(x)**2=sech(x)**2; coth(x)**2+-1=csch(x)**2; sinh(2*x)=2*(sinh(x)*cosh(x))
cosh(2*x)=cosh(x)**2+sinh(x)**2; cosh(2*x)=2*cosh(x)**2+-1; cosh(2*x)=1+2*sinh(x)**2
tanh(2*x)=(2*tanh(x))*(1+tanh(x)**2)**-1; sinh(x+y)=sinh(x)*cosh(y)+cosh(x)*sinh(y)
cosh(x+y)=cosh(x)*cosh(y)+sinh(x)*sinh(y); tanh((1/2)*x)=sinh(x)*(1+cosh(x))**-1; sinh(x)+cosh(x)=exp(x)
cosh(x)+-1*sinh(x)=exp(-1*x); 2*sinh(x)=exp(x)+-1*exp(-1*x); 2*cosh(x)=exp(x)+exp(-1*x); sinh(0)=0
tanh(0)=0; cosh(0)=1; sech(0)=1
"""
"""Hyperbolic functions."""
INVERSES: Final = """
sin(asin(x))=x; cos(acos(x))=x; tan(atan(x))=x; csc(acsc(x))=x; sec(asec(x))=x; cot(acot(x))=x
sinh(asinh(x))=x; cosh(acosh(x))=x; tanh(atanh(x))=x; csch(acsch(x))=x; sech(asech(x))=x; coth(acoth(x))=x
asinh(sinh(x))=x; atanh(tanh(x))=x; acsch(csch(x))=x; acoth(coth(x))=x; acsc(x)=asin(x**-1)
asec(x)=acos(x**-1); acot(x)=atan(x**-1); acsch(x)=asinh(x**-1); asech(x)=acosh(x**-1)
acoth(x)=atanh(x**-1); asin(x)=acsc(x**-1); acos(x)=asec(x**-1); asinh(x)=acsch(x**-1)
asin(-1*x)=-1*asin(x); acsc(-1*x)=-1*acsc(x); atan(-1*x)=-1*atan(x); acot(-1*x)=-1*acot(x)
asinh(-1*x)=-1*asinh(x); acsch(-1*x)=-1*acsch(x); acos(-1*x)=pi+-1*acos(x); asec(-1*x)=pi+-1*asec(x)
asin(x)+acos(x)=(1/2)*pi; asec(x)+acsc(x)=(1/2)*pi; sin(acos(x))=(1+-1*x**2)**(1/2)
cos(asin(x))=(1+-1*x**2)**(1/2); cos(atan(x))=((1+x**2)**(1/2))**-1; sec(atan(x))=(1+x**2)**(1/2)
sin(atan(x))=x*((1+x**2)**(1/2))**-1; tan(asin(x))=x*((1+-1*x**2)**(1/2))**-1; csc(asin(x))=x**-1
sec(acos(x))=x**-1; cot(atan(x))=x**-1; tan(acot(x))=x**-1; sin(acsc(x))=x**-1; cos(asec(x))=x**-1
csch(asinh(x))=x**-1; sech(acosh(x))=x**-1; coth(atanh(x))=x**-1; cosh(asinh(x))=(1+x**2)**(1/2); asin(0)=0
acos(1)=0; atan(0)=0; asec(1)=0; asinh(0)=0; acosh(1)=0; atanh(0)=0; asech(1)=0; asin(1)=(1/2)*pi
acos(0)=(1/2)*pi; acsc(1)=(1/2)*pi; acos(-1)=pi; asec(-1)=pi; atan(1)=4**-1*pi; acot(1)=4**-1*pi
acos(1/2)=3**-1*pi; asec(2)=3**-1*pi; asin(1/2)=6**-1*pi; acsc(2)=6**-1*pi
"""
"""Inverse functions, at principal values."""
LOGARITHMS: Final = """
exp(0)=1; exp(ln(x))=x; ln(exp(x))=x; exp(x+y)=exp(x)*exp(y); exp(-1*x)=exp(x)**-1; exp(x)*exp(-1*x)=1
exp(x)**2=exp(2*x); exp(2*x)=exp(x)*exp(x); exp(x*ln(y))=y**x; ln(1)=0; ln(exp(1))=1; exp(x)=exp(1)**x
log(x,y)=ln(x)*ln(y)**-1; log(x,x)=1; log(1,x)=0; log(x,y)*log(y,x)=1; log(x,y)*ln(y)=ln(x); y**log(x,y)=x
10**log(x,10)=x; 2**log(x,2)=x; log(2**x,2)=x; log(10**x,10)=x; log(4,2)=2; log(8,2)=3; log(9,3)=2
log(100,10)=2; log(2,4)=1/2; log(10,10)=1; log(1,10)=0; 2**x*2**y=2**(x+y); 2**(x+1)=2*2**x; 4**x=2**(2*x)
10**(-1*x)=(10**x)**-1; asinh(x)=ln(x+(1+x**2)**(1/2)); 2*atanh(x)=ln(1+x)+-1*ln(1+-1*x)
"""
"""Exponentials and logarithms."""
FAMILIES: Final = (ARITHMETIC, ALGEBRA, TRIGONOMETRY, HYPERBOLIC, INVERSES, LOGARITHMS)
AXIOMS: Final = tuple(line.strip() for text in FAMILIES for line in re.split("[;\n]", text) if line.strip())
"""All identities, as text that `parse.parse` reads."""
