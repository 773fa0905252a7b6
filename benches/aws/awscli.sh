#!/usr/bin/env bash
# Red/black of three instances as people script it with the aws command: the other side of benches/aws/run.
# awscli.sh NAME-OF-NEW NAME-OF-OLD IMAGE
set -euo pipefail
new="$1" old="$2" image="$3"
group=$(aws elbv2 describe-target-groups --names web --query 'TargetGroups[0].TargetGroupArn' --output text)
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[].SubnetId' --output text | tr '\t' ',')
firewall=$(aws ec2 describe-security-groups --group-names web --query 'SecurityGroups[0].GroupId' --output text)
ami=$(aws ec2 describe-images --filters "Name=name,Values=$image" --query 'Images[0].ImageId' --output text)
aws ec2 create-launch-template --launch-template-name "$new" \
  --launch-template-data "{\"ImageId\":\"$ami\",\"InstanceType\":\"t3.small\",\"SecurityGroupIds\":[\"$firewall\"]}" >/dev/null
aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$new" --min-size 3 --max-size 3 --desired-capacity 3 \
  --launch-template "LaunchTemplateName=$new,Version=1" --vpc-zone-identifier "$subnets" --target-group-arns "$group"
while :; do
  ids=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$new" \
    --query 'AutoScalingGroups[0].Instances[?LifecycleState==`InService`].InstanceId' --output text)
  if [ "$(wc -w <<<"$ids")" -eq 3 ]; then
    targets=(); for id in $ids; do targets+=("Id=$id"); done
    healthy=$(aws elbv2 describe-target-health --target-group-arn "$group" --targets "${targets[@]}" \
      --query 'length(TargetHealthDescriptions[?TargetHealth.State==`healthy`])' --output text)
    [ "$healthy" -eq 3 ] && break
  fi
  sleep "${BENCH_POLL:-1}"
done
aws autoscaling suspend-processes --auto-scaling-group-name "$old" --scaling-processes Launch Terminate AddToLoadBalancer
ids=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$old" \
  --query 'AutoScalingGroups[0].Instances[].InstanceId' --output text)
targets=(); for id in $ids; do targets+=("Id=$id"); done
aws elbv2 deregister-targets --target-group-arn "$group" --targets "${targets[@]}"
while :; do
  draining=$(aws elbv2 describe-target-health --target-group-arn "$group" \
    --query 'length(TargetHealthDescriptions[?TargetHealth.State==`draining`])' --output text)
  [ "$draining" -eq 0 ] && break
  sleep "${BENCH_POLL:-1}"
done
